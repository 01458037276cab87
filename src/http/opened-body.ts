import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';

const openers = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
} as const;

/** A request's body, opened, or the answer that says why not. */
export type OpenedBody =
  | { readonly kind: 'opened'; readonly bytes: Buffer }
  | {
      readonly kind: 'refused';
      readonly status: 400 | 413 | 415;
      readonly reason: string;
      readonly message: string;
    };

/**
 * Opens a body by its `Content-Encoding`: gzip, deflate or br, or as it is. Stops as soon as the
 * output exceeds `bytesMax`, so a small body that would fill the memory does not. An empty body is
 * refused.
 */
export async function openBody(
  body: unknown,
  encoding: string | undefined,
  bytesMax: number,
): Promise<OpenedBody> {
  if (!Buffer.isBuffer(body) || body.length === 0) {
    return refused(
      400,
      'empty_body',
      'The request has no body; send one call or a batch of calls as JSON.',
    );
  }
  const name = encoding?.trim().toLowerCase() ?? '';
  if (name === '' || name === 'identity') {
    return { kind: 'opened', bytes: body };
  }
  if (!isOpener(name)) {
    return refused(
      415,
      'unknown_encoding',
      'The Content-Encoding is not known here; send gzip, deflate, br or none.',
    );
  }
  try {
    const bytes = await openers[name](body, { maxOutputLength: bytesMax });
    return bytes.length === 0
      ? refused(
          400,
          'empty_body',
          'The compressed body holds nothing; send one call or a batch of calls as JSON.',
        )
      : { kind: 'opened', bytes };
  } catch (error) {
    return isTooLarge(error)
      ? refused(
          413,
          'body_too_large',
          `The body is larger than ${bytesMax} bytes once opened; send smaller batches.`,
        )
      : refused(
          400,
          'unreadable_body',
          'The body is not compressed as its Content-Encoding says; correct one of the two.',
        );
  }
}

function isOpener(name: string): name is keyof typeof openers {
  return Object.hasOwn(openers, name);
}

function isTooLarge(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
}

function refused(status: 400 | 413 | 415, reason: string, message: string): OpenedBody {
  return { kind: 'refused', status, reason, message };
}
