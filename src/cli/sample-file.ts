import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';

/**
 * The lines of a file that are not empty; a file of gzip, by its first bytes, is unpacked. Throws what the file system or
 * the unpacking throws.
 */
export async function* linesOf(file: string): AsyncGenerator<string> {
  // First, because it fails where it is awaited: a stream fails by itself.
  const isPacked = await isGzip(file);
  const raw = createReadStream(file);
  const input = isPacked ? raw.pipe(createGunzip()) : raw;
  const failed = new Promise<never>((_, reject) => {
    raw.once('error', reject);
    input.once('error', reject);
  });
  failed.catch(() => undefined);
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })[
    Symbol.asyncIterator
  ]();
  for (;;) {
    const { done, value } = await Promise.race([lines.next(), failed]);
    if (done === true) {
      return;
    }
    if (value.trim() !== '') {
      yield value;
    }
  }
}

async function isGzip(file: string): Promise<boolean> {
  await using handle = await open(file);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
  return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
}

/** Why a file cannot be read, in words that follow a colon. */
export function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOENT':
      return 'there is no such file';
    case 'EISDIR':
      return 'it is a folder';
    case 'Z_DATA_ERROR':
    case 'Z_BUF_ERROR':
      return 'its gzip is damaged';
    case 'EACCES':
      return 'reading it is not allowed';
    default:
      return 'the system refuses';
  }
}
