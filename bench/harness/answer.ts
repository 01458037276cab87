import { z } from 'zod';

/** What a program of `bench/processes` can be asked: a question's name, and what answers it. */
export type Questions = Readonly<Record<string, (params: unknown) => Promise<unknown>>>;

const Asked = z.object({ id: z.number(), question: z.string(), params: z.unknown() });

/**
 * Makes this process answer its parent, one reply per question; `cpu` is answered for everyone. The process ends when the
 * parent lets go of it, which is also when Node writes a CPU profile.
 */
export function answer(questions: Questions): void {
  const all: Questions = {
    ...questions,
    async cpu() {
      const { user, system } = process.cpuUsage();
      return user + system;
    },
  };
  const reply = async (message: unknown): Promise<void> => {
    const { id, question, params } = Asked.parse(message);
    try {
      const handle = all[question];
      if (handle === undefined) {
        throw new Error(`This program cannot be asked to ${question}.`);
      }
      process.send?.({ id, answer: await handle(params) });
    } catch (error) {
      process.send?.({
        id,
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
    }
  };
  process.on('message', (message) => {
    void reply(message);
  });
  process.once('disconnect', () => process.exit(0));
}
