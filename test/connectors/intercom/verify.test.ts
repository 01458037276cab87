import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createIntercomConnector } from '../../../connectors/intercom/index.ts';
import { clientSecret, notification, signature } from './bodies.ts';

const connector = createIntercomConnector({ clientSecret });
const body = notification('ping', { message: 'Ünïcödé ✓' });

function verify(bytes: Uint8Array, header: string | readonly string[] | undefined) {
  return connector.verify({
    body: bytes,
    headers: header === undefined ? {} : { 'x-hub-signature': header },
    method: 'POST',
    url: 'https://hub.example.com/webhooks/intercom',
    nowMs: 0,
  });
}

describe('X-Hub-Signature', () => {
  it('lets in what the client secret signed, in either case of hex', () => {
    expect(verify(body, signature(body))).toEqual({ ok: true });
    expect(verify(body, `SHA1=${signature(body).slice(5).toUpperCase()}`)).toEqual({ ok: true });
  });

  it('is the value that openssl gives for the same bytes', () => {
    const known = createIntercomConnector({ clientSecret: 'secret' });
    const signed = known.verify({
      body: Buffer.from('{"a":1}'),
      headers: { 'x-hub-signature': 'sha1=f8446672f033e4b2beafc5ca3a71eafcd2cafb6e' },
      method: 'POST',
      url: '',
      nowMs: 0,
    });
    expect(signed).toEqual({ ok: true });
  });

  it('refuses a body of which any byte was changed', () => {
    const header = signature(body);
    fc.assert(
      fc.property(fc.nat(body.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const changed = Uint8Array.from(body);
        changed[at] = (changed[at] ?? 0) ^ by;
        expect(verify(changed, header)).toMatchObject({ ok: false });
      }),
    );
  });

  it.each([
    ['none', undefined],
    ['two', [signature(body), signature(body)]],
    ['another secret', signature(body, 'other')],
    ['a signature without its name', signature(body).slice(5)],
    ['half a signature', signature(body).slice(0, 25)],
    ['SHA-256', `sha256=${signature(body).slice(5)}`],
    ['an empty one', ''],
  ])('refuses %s with one sentence that holds no secret', (_what, header) => {
    const answer = verify(body, header);
    expect(answer).toMatchObject({ ok: false, why: expect.stringMatching(/^[A-Z].*\.$/u) });
    expect(JSON.stringify(answer)).not.toContain(clientSecret);
  });
});
