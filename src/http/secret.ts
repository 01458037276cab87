import { timingSafeEqual } from 'node:crypto';

/**
 * A test for known secrets, in constant time: it tells the length of a secret at most, never a part
 * of it.
 */
export function createSecretTest(secrets: readonly string[]): (given: string) => boolean {
  const known = secrets.filter((secret) => secret !== '').map((secret) => Buffer.from(secret));
  return (given) => {
    const bytes = Buffer.from(given);
    // All are compared, so that the time does not tell which one it was.
    return (
      known.filter((secret) => secret.length === bytes.length && timingSafeEqual(secret, bytes))
        .length > 0
    );
  };
}

/**
 * What follows the scheme in an `Authorization` header; undefined when the header is missing or of
 * another scheme.
 */
export function credentialsOf(
  header: string | undefined,
  scheme: 'basic' | 'bearer',
): string | undefined {
  if (header === undefined || header.slice(0, scheme.length + 1).toLowerCase() !== `${scheme} `) {
    return undefined;
  }
  return header.slice(scheme.length + 1).trim();
}

/**
 * The write keys that a request's headers give: `X-Write-Key` (Jitsu, `id:secret` as a whole), and
 * the user of Basic (Segment, with or without the colon), also with its password for keys that hold
 * a colon. The key may stand in the body as well: none here does not mean none at all.
 */
export function writeKeysOf(headers: {
  readonly authorization?: string | undefined;
  readonly 'x-write-key'?: string | readonly string[] | undefined;
}): readonly string[] {
  const ownHeader = headers['x-write-key'];
  const keys = typeof ownHeader === 'string' ? [ownHeader.trim()] : [];
  const basic = credentialsOf(headers.authorization, 'basic');
  if (basic !== undefined) {
    const pair = Buffer.from(basic, 'base64').toString();
    const colon = pair.indexOf(':');
    keys.push(
      pair.endsWith(':') ? pair.slice(0, -1) : pair,
      colon < 0 ? pair : pair.slice(0, colon),
    );
  }
  return keys.filter((key) => key !== '');
}
