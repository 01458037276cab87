import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { runDecisionCore } from '../../src/cli/decision-core.ts';

/** Runs the lines through the command and gives what came out, parsed. */
export async function answersTo(
  ...pieces: readonly string[]
): Promise<readonly Record<string, unknown>[]> {
  const output = new PassThrough();
  const [written] = await Promise.all([
    text(output),
    runDecisionCore(Readable.from(pieces.map((piece) => Buffer.from(piece))), output).then(() =>
      output.end(),
    ),
  ]);
  return written
    .split('\n')
    .filter((line) => line !== '')
    .map((line): Record<string, unknown> => ({ ...JSON.parse(line) }));
}
