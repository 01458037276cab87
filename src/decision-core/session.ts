import { z } from 'zod';
import { type Answer, finiteAnswer } from './answer.ts';
import { choose } from './choose.ts';
import { fit, type Fitted, nothingFitted, query } from './fit.ts';
import { guard } from './guard.ts';
import { readJsonLine } from './json-line.ts';
import { lift } from './lift.ts';
import { ope } from './ope.ts';
import { qini } from './qini.ts';

/** The operations that need nothing but their line. */
const operations: ReadonlyMap<unknown, (line: unknown) => Answer> = new Map([
  ['choose', choose],
  ['ope', ope],
  ['lift', lift],
  ['guard', guard],
  ['qini', qini],
]);

/** A run of lines: what `fit` learned is there for the lines after it. */
export interface Session {
  /** The answer to one line, as one line; never throws over what a line says. */
  answer(line: string): string;
}

/** A session that has learned nothing. */
export function createSession(): Session {
  let fitted: Fitted = nothingFitted;
  const answerTo = (given: unknown): Answer => {
    if (typeof given !== 'object' || given === null || Array.isArray(given)) {
      return { error: 'the line is no object; write {"op": ...}' };
    }
    const { id, ...line } = z.looseObject({ id: z.unknown().optional() }).parse(given);
    return {
      ...(typeof id === 'string' || typeof id === 'number' ? { id } : {}),
      ...operate(line),
    };
  };
  const operate = (line: Readonly<Record<string, unknown>>): Answer => {
    const op = line['op'] ?? (Object.hasOwn(line, 'query') ? 'query' : undefined);
    if (op === 'fit') {
      const learned = fit(fitted, line);
      fitted = learned.fitted;
      return learned.answer;
    }
    if (op === 'query') {
      return query(fitted, line);
    }
    const operation = operations.get(op);
    return operation === undefined ? { error: unknownOperation(op) } : operation(line);
  };
  return {
    answer(text) {
      const line = readJsonLine(text);
      try {
        const answer = line.kind === 'broken' ? { error: line.error } : answerTo(line.value);
        return JSON.stringify(finiteAnswer(answer));
      } catch (error) {
        // A bug of ours, or a line too large for the machine: it costs this line, never those after it.
        const why = error instanceof Error ? error.message : String(error);
        return JSON.stringify({ error: `the line could not be worked out: ${why}` });
      }
    },
  };
}

function unknownOperation(op: unknown): string {
  const known = ['fit', 'query', ...operations.keys()].join(', ');
  const what =
    op === undefined
      ? 'is missing'
      : typeof op === 'string'
        ? `"${op.slice(0, 40)}" is not one`
        : 'is no text';
  return `op: ${what}; write one of ${known}`;
}
