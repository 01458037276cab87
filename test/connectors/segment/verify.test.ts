import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSegmentConnector, type SegmentConfig } from '../../../connectors/segment/index.ts';
import { capturedRequests, hasCaptures } from './captures.ts';
import { playbookFor } from './playbook.ts';

const secrets = { sharedSecret: 's3cret', bearerToken: 'BTOK' };
const open = connector({});
const strict = connector({ allowFirstElementSignature: false });

function connector(changes: Partial<SegmentConfig>) {
  return createSegmentConnector({ ...secrets, ...changes }, playbookFor());
}

function sign(text: string | Buffer, secret = secrets.sharedSecret): string {
  return createHmac('sha1', secret).update(text).digest('hex');
}

function reasonOf(body: string | Buffer, headers: Record<string, string>, by = open): string {
  const verified = by.verify(Buffer.from(body), headers);
  return verified.kind === 'valid' ? 'valid' : verified.reason;
}

const one = '{"type":"track","event":"Ünïcödé \u2028 ✓ \\"],","properties":{"2":"two","10":"ten"}}';
const two = '{"type":"track","event":"Other"}';

describe.skipIf(!hasCaptures)(
  'requests that Segment’s own code signed (skipped without ../shared)',
  () => {
    const signed = hasCaptures ? capturedRequests('webhook-actions.json') : [];

    it('lets every signed capture in by its signature alone', () => {
      const withSignature = signed.filter(({ headers }) => headers['x-signature'] !== undefined);
      expect(withSignature.length).toBeGreaterThanOrEqual(6);
      for (const { headers, body } of withSignature) {
        expect(reasonOf(body, { 'x-signature': headers['x-signature'] ?? '' })).toBe('valid');
      }
    });

    it('refuses every capture whose bytes were changed, and those without any secret', () => {
      for (const { headers, body } of signed) {
        const changed = body.toString().replace('Report Created', 'Report Deleted');
        const signature = headers['x-signature'];
        expect(reasonOf(changed, signature === undefined ? {} : { 'x-signature': signature })).toBe(
          signature === undefined ? 'no_secret' : 'bad_signature',
        );
      }
    });
  },
);

describe('the bearer token', () => {
  it('lets a request in, whatever is signed', () => {
    expect(reasonOf(one, { authorization: 'Bearer BTOK' })).toBe('valid');
    expect(reasonOf(one, { authorization: 'bearer  BTOK ', 'x-signature': 'nonsense' })).toBe(
      'valid',
    );
    expect(reasonOf(`[${one},${two}]`, { authorization: 'Bearer BTOK' }, strict)).toBe('valid');
  });

  it.each(['Bearer BTO', 'Bearer BTOKK', 'Bearer btok', 'Bearer ', 'Basic BTOK', 'BTOK', ''])(
    'is refused as %j',
    (authorization) => {
      expect(reasonOf(one, { authorization })).not.toBe('valid');
    },
  );
});

describe('X-Signature', () => {
  it('covers a single event or a whole batch as raw bytes', () => {
    for (const body of [one, `[${one},${two}]`, ` { "type" : "track" } `]) {
      expect(reasonOf(body, { 'x-signature': sign(body) }, strict)).toBe('valid');
      expect(reasonOf(body, { 'x-signature': sign(body).toUpperCase() }, strict)).toBe('valid');
    }
  });

  it('covers the first event of a batch, as bytes, written anew, or out of its json wrapper', () => {
    const signature = { 'x-signature': sign(one) };
    expect(reasonOf(`[${one},${two}]`, signature)).toBe('valid');
    expect(reasonOf(`\ufeff [ ${one} , ${two} ] `, signature)).toBe('valid');
    expect(reasonOf(`[{"json":${one}},{"json":${two}}]`, signature)).toBe('valid');
    const spaced = one.replaceAll('":', '" : ');
    expect(reasonOf(`[${spaced},${two}]`, { 'x-signature': sign(spaced) })).toBe('valid');
    expect(
      reasonOf(`[${spaced},${two}]`, { 'x-signature': sign(JSON.stringify(JSON.parse(spaced))) }),
    ).toBe('valid');
  });

  it('is refused when it covers the second event, or the first with another secret', () => {
    expect(reasonOf(`[${one},${two}]`, { 'x-signature': sign(two) })).toBe('bad_signature');
    expect(reasonOf(`[${one},${two}]`, { 'x-signature': sign(one, 'other') })).toBe(
      'bad_signature',
    );
  });

  it('refuses a batch of which only the first event is signed when the operator says so, with a reason of its own', () => {
    const signature = { 'x-signature': sign(one) };
    expect(reasonOf(`[${one},${two}]`, signature, strict)).toBe('first_element_signature');
    expect(reasonOf(`[${one}]`, signature, strict)).toBe('valid'); // all of it is signed
  });

  it.each(['', 'abc', 'zz'.repeat(20), `${sign(one)}00`, sign(one).slice(2)])(
    'is refused as %j',
    (signature) => {
      expect(reasonOf(one, { 'x-signature': signature })).toBe('bad_signature');
    },
  );

  it('never throws and never lets anybody in without a secret, whatever the body', () => {
    const bodies = fc.oneof(
      fc.string(),
      fc.json(),
      fc.json().map((json) => `[${json},${json}]`),
      fc.constant('['.repeat(100_000)),
    );
    fc.assert(
      fc.property(bodies, fc.stringMatching(/^[0-9a-f]{40}$/u), (body, signature) => {
        expect(reasonOf(body, { 'x-signature': signature })).toBe('bad_signature');
      }),
    );
  });

  it('cuts the first event out of any array', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue({ noUnicodeString: false }), { minLength: 1 }),
        fc.constantFrom(undefined, 1, '\t'),
        (calls, indent) => {
          const first = JSON.stringify(calls[0]);
          expect(
            reasonOf(JSON.stringify(calls, undefined, indent), { 'x-signature': sign(first) }),
          ).toBe('valid');
        },
      ),
    );
  });

  it('says what to mend without quoting a secret or the body', () => {
    const verified = open.verify(Buffer.from(one), { 'x-signature': sign(two) });
    expect(verified).toMatchObject({
      kind: 'refused',
      message: expect.stringMatching(/^[^.]+;[^.]+\.$/u),
    });
    expect(JSON.stringify(verified)).not.toMatch(/s3cret|BTOK|track/u);
  });
});

it('refuses settings without a secret, naming the field', () => {
  expect(() => connector({ sharedSecret: '' })).toThrow(/sharedSecret/u);
  expect(() => connector({ bearerToken: '' })).toThrow(/bearerToken/u);
});
