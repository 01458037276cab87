import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** Real requests and sample events kept beside the project; absent on other machines. */
const folder = fileURLToPath(
  new URL('../../../../shared/vendors/captures/segment/', import.meta.url),
);

/** Whether the captures are here; tests that need them skip otherwise. */
export const hasCaptures = existsSync(folder);

const captured = z.object({
  requests: z.array(
    z.object({
      method: z.string(),
      path: z.string(),
      headers: z.record(z.string(), z.string()),
      body_text: z.string().optional(),
      body_json: z.unknown(),
      destination: z.string().optional(),
    }),
  ),
});

/**
 * One real request; the body is byte for byte where the capture kept the bytes, else its JSON
 * written anew.
 */
export interface CapturedRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly destination: string | undefined;
}

/** The requests of one file of captures. */
export function capturedRequests(file: string): readonly CapturedRequest[] {
  return captured
    .parse(JSON.parse(readFileSync(`${folder}${file}`, 'utf8')))
    .requests.map((request) => ({
      path: request.path,
      headers: request.headers,
      body: Buffer.from(request.body_text ?? JSON.stringify(request.body_json)),
      destination: request.destination,
    }));
}

/**
 * The lines of an NDJSON file of sample calls, as they stand there. Split at `\n` only: a value may
 * hold U+2028.
 */
export function sampleLines(file: 'samples.ndjson' | 'samples-invalid.ndjson'): readonly string[] {
  return readFileSync(`${folder}${file}`, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
}
