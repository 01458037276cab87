import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { z } from 'zod';

/** A program of `bench/processes` in a process of its own, so that its CPU time is its own. */
export interface Child {
  /** Asks the program one of its questions (see `answer.ts`). Rejects with the program's words when it fails or ends. */
  ask<T>(question: string, answer: z.ZodType<T>, params?: unknown): Promise<T>;
  /** CPU time since it began, user and system, microseconds. */
  cpuUs(): Promise<number>;
  /** Ends the program; resolves when its process is gone. */
  stop(): Promise<void>;
}

const Reply = z.union([
  z.object({ id: z.number(), answer: z.unknown() }),
  z.object({ id: z.number(), error: z.string() }),
]);

/**
 * Starts `bench/processes/<name>.ts`. With `profileFolder`, Node writes a CPU profile of it there when it ends. The program
 * ends by itself when this process is gone, because its channel closes.
 */
export function startChild(name: string, profileFolder?: string): Child {
  const file = new URL(`../processes/${name}.ts`, import.meta.url);
  const profile =
    profileFolder === undefined
      ? []
      : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`, `--cpu-prof-name=${profileName(name)}`];
  const child = fork(file, { execArgv: profile, serialization: 'advanced' });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let nextId = 0;

  child.on('message', (message) => {
    const reply = Reply.parse(message);
    const asked = waiting.get(reply.id);
    waiting.delete(reply.id);
    if ('error' in reply) {
      asked?.reject(new Error(`${name}: ${reply.error}`));
    } else {
      asked?.resolve(reply.answer);
    }
  });
  child.once('exit', (code) => {
    for (const asked of waiting.values()) {
      asked.reject(new Error(`The process ${name} ended (exit code ${code}) before it answered.`));
    }
    waiting.clear();
  });

  const ask = async <T>(question: string, answer: z.ZodType<T>, params?: unknown): Promise<T> => {
    if (hasEnded(child)) {
      throw new Error(`The process ${name} has ended and cannot be asked to ${question}.`);
    }
    const id = nextId;
    nextId += 1;
    const asked = Promise.withResolvers<unknown>();
    waiting.set(id, asked);
    child.send({ id, question, params });
    return answer.parse(await asked.promise);
  };

  return {
    ask,
    cpuUs: () => ask('cpu', z.number()),
    async stop() {
      if (!hasEnded(child)) {
        const ended = once(child, 'exit');
        child.disconnect();
        await ended;
      }
    },
  };
}

let started = 0;

function profileName(name: string): string {
  started += 1;
  return `${name}-${started}.cpuprofile`;
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
