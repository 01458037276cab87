import { generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createSendgridConnector,
  SendgridConnectorConfig,
} from '../../../connectors/sendgrid/index.ts';
import type { RequestHeaders } from '../../../src/core/ports.ts';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const publicText = publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
const connector = createSendgridConnector(SendgridConnectorConfig.parse({ publicKey: publicText }));
const nowMs = 1_793_966_400_000;
const timestamp = '1793966390';
// As SendGrid sends it: the line break at the end is signed, too.
const body = Buffer.from('[{"event":"delivered","timestamp":1793966389}]\r\n');

function signatureOf(bytes: Uint8Array, at = timestamp): string {
  return sign('sha256', Buffer.concat([Buffer.from(at), bytes]), privateKey).toString('base64');
}

function headersOf(signature: string, at = timestamp): RequestHeaders {
  return {
    'x-twilio-email-event-webhook-signature': signature,
    'x-twilio-email-event-webhook-timestamp': at,
  };
}

function verify(headers: RequestHeaders, bytes: Uint8Array = body, atMs = nowMs) {
  return connector.verify({ body: bytes, headers, method: 'POST', url: 'https://h/', nowMs: atMs });
}

describe('the signature', () => {
  it('of SendGrid opens the door, the bytes as they came', () => {
    expect(verify(headersOf(signatureOf(body)))).toEqual({ ok: true });
  });

  it('does not fit when one byte differs, be it the line break at the end', () => {
    const headers = headersOf(signatureOf(body));
    expect(verify(headers, body.subarray(0, -2)).ok).toBe(false);
    fc.assert(
      fc.property(fc.nat(body.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = Buffer.from(body);
        changed[at] = (changed[at] ?? 0) ^ change;
        expect(verify(headers, changed).ok).toBe(false);
      }),
    );
  });

  it('does not fit another time, nor another key', () => {
    expect(verify(headersOf(signatureOf(body), '1793966391')).ok).toBe(false);
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const forged = sign('sha256', Buffer.concat([Buffer.from(timestamp), body]), other);
    expect(verify(headersOf(forged.toString('base64'))).ok).toBe(false);
  });

  it.each([
    ['none at all', {}, 'not signed'],
    ['no time', { 'x-twilio-email-event-webhook-signature': 'abc' }, 'not signed'],
    ['an empty one', headersOf(''), 'not signed'],
    [
      'several',
      { ...headersOf(''), 'x-twilio-email-event-webhook-signature': ['a', 'b'] },
      'not signed',
    ],
    ['no base64', headersOf('§§§'), 'does not fit'],
    ['no DER', headersOf('AAAA'), 'does not fit'],
    ['a time that is none', headersOf('AAAA', '0x6ae'), 'not a number'],
  ])('is refused in one sentence without throwing when it is %s', (_what, headers, words) => {
    const verified = verify(headers);
    expect(verified.ok ? '' : verified.why).toContain(words);
    expect(verified.ok ? '' : verified.why).toMatch(/^[A-Z][^.]*\.$/u);
  });

  it('is good for a day, as long as SendGrid repeats, and not for ever', () => {
    const headers = headersOf(signatureOf(body));
    expect(verify(headers, body, nowMs + 24 * 3_600_000).ok).toBe(true);
    expect(verify(headers, body, nowMs + 26 * 3_600_000).ok).toBe(false);
    expect(verify(headers, body, nowMs - 2 * 3_600_000).ok).toBe(false);
  });
});

describe('the key', () => {
  it.each(['', 'no key', publicText.slice(4)])(
    '%j is refused with the name of the variable',
    (text) => {
      const { error } = SendgridConnectorConfig.safeParse({ publicKey: text });
      expect(error?.message).toContain('SENDGRID_WEBHOOK_PUBLIC_KEY');
    },
  );

  it('of another curve is refused', () => {
    const other = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey;
    const text = other.export({ format: 'der', type: 'spki' }).toString('base64');
    expect(SendgridConnectorConfig.safeParse({ publicKey: text }).success).toBe(false);
  });
});
