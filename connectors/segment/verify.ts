import { createHmac, timingSafeEqual } from 'node:crypto';
import { isFields } from './call.ts';
import { firstElementOf } from './first-element.ts';

/**
 * Whether a webhook request knows one of the two secrets, and if not, why not, in one sentence for
 * the sender's delivery log.
 */
export type Verification =
  | { readonly kind: 'valid' }
  | {
      readonly kind: 'refused';
      readonly reason: 'no_secret' | 'bad_bearer' | 'bad_signature' | 'first_element_signature';
      readonly message: string;
    };

/** Header values as Node gives them, names in lower case. */
export interface Headers {
  readonly [name: string]: string | readonly string[] | undefined;
}

/** What a request may be recognised by. */
export interface VerifyRules {
  readonly sharedSecret: string;
  readonly bearerToken: string;
  readonly allowFirstElementSignature: boolean;
}

const valid: Verification = { kind: 'valid' };
const refusals = {
  no_secret:
    'The request has neither `Authorization: Bearer` nor `X-Signature`; set the bearer token or the shared secret in the Segment destination.',
  bad_bearer:
    'The bearer token is not the one of this hub; copy SEGMENT_BEARER_TOKEN into the headers of the Segment destination.',
  bad_signature:
    'X-Signature does not fit the body; copy SEGMENT_SHARED_SECRET into the shared secret of the Segment destination.',
  first_element_signature:
    'X-Signature covers only the first event of the batch, which this hub is set to refuse; send the bearer token as well or turn batching off.',
} as const;

/**
 * The check of `POST /segment/webhook`, on the bytes as they came. In goes who sends the bearer
 * token; or who signs: HMAC-SHA1 with the shared secret, in hex, over the whole body, or over the
 * first event of an array, bare or inside `{"json": ...}`, because Segment signs no more (vendors:
 * Segment 1.3). Secrets are compared in constant time.
 */
export function createVerify(
  rules: VerifyRules,
): (rawBody: Buffer, headers: Headers) => Verification {
  const token = Buffer.from(rules.bearerToken);
  const isSigned = (signature: Buffer, signed: Buffer | string): boolean =>
    timingSafeEqual(createHmac('sha1', rules.sharedSecret).update(signed).digest(), signature);

  return (rawBody, headers) => {
    const bearer = bearerOf(headers['authorization']);
    if (bearer !== undefined && isSame(Buffer.from(bearer), token)) {
      return valid;
    }
    const header = headers['x-signature'];
    if (typeof header !== 'string') {
      return refused(bearer === undefined ? 'no_secret' : 'bad_bearer');
    }
    const signature = Buffer.from(header.trim(), 'hex');
    if (signature.length !== 20) {
      return refused('bad_signature');
    }
    if (isSigned(signature, rawBody)) {
      return valid;
    }
    const first = firstElementOf(rawBody);
    if (
      first === undefined ||
      !signedTextsOf(first.bytes).some((text) => isSigned(signature, text))
    ) {
      return refused('bad_signature');
    }
    return first.isOnly || rules.allowFirstElementSignature
      ? valid
      : refused('first_element_signature');
  };
}

/**
 * What Segment may have signed of the first element: its bytes, its text written anew, its `json`
 * written anew.
 */
function signedTextsOf(bytes: Buffer): readonly (Buffer | string)[] {
  try {
    const element: unknown = JSON.parse(bytes.toString());
    const texts = [bytes, JSON.stringify(element)];
    return isFields(element) && 'json' in element
      ? [...texts, JSON.stringify(element['json']) ?? '']
      : texts;
  } catch {
    // No JSON, or nested too deeply to be written: only the bytes can have been signed.
    return [bytes];
  }
}

function bearerOf(header: Headers[string]): string | undefined {
  if (typeof header !== 'string' || header.slice(0, 7).toLowerCase() !== 'bearer ') {
    return undefined;
  }
  return header.slice(7).trim();
}

function isSame(given: Buffer, expected: Buffer): boolean {
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function refused(reason: keyof typeof refusals): Verification {
  return { kind: 'refused', reason, message: refusals[reason] };
}
