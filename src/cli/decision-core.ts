import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { createSession } from '../decision-core/session.ts';

const newline = 0x0a;

/**
 * `motisig decision-core`: the decision model for whoever wants to look at it from outside, JSON lines in and out, one
 * answer for each line, without Redis and without a clock (docs/decision-core.md). A line that cannot be used is answered
 * by an error and the run goes on. Gives the exit code 0; also when the reader of the answers has gone away.
 */
export async function runDecisionCore(input: Readable, output: Writable): Promise<0> {
  const session = createSession();
  let isGone = false;
  // A reader such as `head` closes the pipe when it has seen enough: that is no mistake of ours.
  output.on('error', () => {
    isGone = true;
  });
  for await (const line of linesOf(input)) {
    if (isGone) {
      break;
    }
    if (line.trim() !== '' && !output.write(`${session.answer(line)}\n`) && !isGone) {
      await Promise.race([once(output, 'drain'), once(output, 'close')]).catch(() => undefined);
    }
  }
  return 0;
}

/**
 * The lines of a stream, without their ends; the last need not end. Pieces are joined once per line, because a line can be
 * as large as a year of decisions.
 */
async function* linesOf(input: Readable): AsyncGenerator<string> {
  let pieces: Buffer[] = [];
  const joined = (): string => {
    const line = Buffer.concat(pieces).toString('utf8');
    pieces = [];
    // Some editors and shells write a byte order mark first; it belongs to no line.
    return line.replace(/^\uFEFF/u, '');
  };
  for await (const chunk of input) {
    let rest = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    for (let at = rest.indexOf(newline); at >= 0; at = rest.indexOf(newline)) {
      pieces.push(rest.subarray(0, at));
      yield joined();
      rest = rest.subarray(at + 1);
    }
    pieces.push(rest);
  }
  yield joined();
}
