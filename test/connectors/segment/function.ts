import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';

/** What a Destination Function exports to Segment: its handlers by name. */
export type Handlers = Readonly<
  Record<string, (event: unknown, settings: unknown) => Promise<unknown>>
>;

const names = [
  'onTrack',
  'onIdentify',
  'onGroup',
  'onPage',
  'onScreen',
  'onAlias',
  'onDelete',
  'onBatch',
] as const;

const errorNames = [
  'EventNotSupported',
  'InvalidEventPayload',
  'ValidationError',
  'RetryError',
] as const;

/**
 * The file that customers paste, run as Segment runs it: alone in a context with `fetch`, `btoa` and the error classes as
 * globals, and nothing of Node besides. `fetchTo` stands for the network.
 */
export function loadFunction(fetchTo: typeof fetch): Handlers {
  const path = join(import.meta.dirname, '../../../connectors/segment/function/motisig.js');
  const errors = Object.fromEntries(
    errorNames.map((name) => [
      name,
      class extends Error {
        override readonly name = name;
      },
    ]),
  );
  const context = createContext({ fetch: fetchTo, btoa, ...errors });
  runInContext(readFileSync(path, 'utf8'), context, { filename: 'motisig.js' });
  return Object.fromEntries(
    names.map((name) => [
      name,
      async (event: unknown, settings: unknown) => {
        const handler: unknown = runInContext(name, context);
        if (typeof handler !== 'function') {
          throw new Error(`The function has no ${name}.`);
        }
        // Segment gives JSON, so nothing of ours may leak in.
        return handler(structuredClone(event), structuredClone(settings)) as unknown;
      },
    ]),
  );
}
