import { describe, expect, it } from 'vitest';
import { hasCaptures, sampleLines } from './captures.ts';
import { onlyEvent, onlyInput, outcomes, parsed, receivedMs } from './parse.ts';

describe.skipIf(!hasCaptures)('the 40 sample calls (skipped without ../shared)', () => {
  const lines = hasCaptures ? sampleLines('samples.ndjson') : [];
  const line = (number: number): string => lines[number - 1] ?? '';

  const harbor = { accountId: 'acct_harbor', userId: 'usr_lena' };
  const anonymousId = '6f0c1b7e-5d3a-4c7f-9b51-0d7c2f4e8a11';

  it.each([
    [
      1,
      {
        call: 'page',
        name: 'Pricing',
        userId: undefined,
        anonymousId,
        accountId: undefined,
        properties: { path: '/pricing' },
      },
    ],
    [
      2,
      {
        call: 'identify',
        name: '',
        ...harbor,
        anonymousId,
        traits: { email: 'lena.ortiz@harbor.example', 'company.name': 'Harbor Freight Desk' },
      },
    ],
    [
      3,
      {
        call: 'group',
        ...harbor,
        traits: { plan: 'starter', employees: '38', totalbilled: 0 },
        properties: { employees: '38' },
      },
    ],
    [
      4,
      {
        call: 'track',
        name: 'Signed Up',
        ...harbor,
        properties: {},
        timeMs: Date.parse('2026-11-02T09:16:42.080Z'),
      },
    ],
    [5, { name: 'Account Created', ...harbor, anonymousId: undefined }],
    [6, { name: 'Trial Started', ...harbor }],
    [7, { name: 'Invite Sent', ...harbor }],
    [8, { name: 'Account Added User', accountId: 'acct_harbor', userId: 'usr_sam' }],
    [9, { name: 'User Role Changed', ...harbor }],
    [10, { name: 'API Usage Recorded', ...harbor }],
    [11, { name: 'Report Created', ...harbor, properties: { reportcount: '10', planlimit: '10' } }],
    [13, { name: 'plan_limit_reached', ...harbor }],
    [
      14,
      {
        name: 'Session Started',
        userId: 'usr_sam',
        accountId: undefined,
        traits: { email: 'sam@harbor.example' },
        timeMs: Date.parse('2026-11-18T07:01:00.400Z'),
      },
    ],
    [
      15,
      {
        name: 'Workflow Run Completed',
        properties: { 'workflow.id': 'wf_31', stepcount: 3, firstrun: false },
      },
    ],
    [16, { name: 'Filter Applied', ...harbor }],
    [17, { name: 'Premium Feature Opened', ...harbor }],
    [18, { name: 'Integration Connection Attempted', ...harbor }],
    [19, { name: 'Integration Connection Attempted', ...harbor }],
    [20, { call: 'page', name: 'Integrations', accountId: undefined }],
    [21, { name: 'Report Exported', ...harbor }],
    [22, { name: 'Comment Added', ...harbor }],
    [
      23,
      {
        call: 'screen',
        name: 'Upgrade',
        userId: undefined,
        anonymousId: '9A0C77D1-3B6E-4E1F-A2C4-5D6E7F809112',
        properties: { paywallvariant: 'B' },
      },
    ],
    [
      26,
      {
        call: 'identify',
        userId: '48213',
        accountId: '991',
        traits: { email: 'nia@quarry.example', 'company.name': 'Quarry' },
      },
    ],
    [27, { call: 'group', userId: '48213', accountId: '991', traits: {} }],
    [
      28,
      {
        call: 'track',
        name: 'Seat Purchased',
        userId: '48213',
        timeMs: receivedMs,
        messageId: expect.stringMatching(/^made-/u),
      },
    ],
    [
      29,
      {
        name: 'レポートを作成しました 🚀',
        accountId: 'acct_さくら',
        userId: 'ユーザー_1',
        properties: { タイトル: '四半期レポート', ключспробелом: 'да' },
      },
    ],
    [30, { call: 'track' }],
    [
      31,
      {
        name: 'Custom Form Saved',
        properties: {
          2: 'two',
          constructor: 'Acme Builders',
          tostring: 'x',
          'a.b': 'dotted',
          zero: 0,
          neg: -0.5,
          sci: 1e21,
          bool: false,
        },
      },
    ],
    [
      32,
      {
        name: 'Report Created',
        timeMs: Date.parse('2026-11-20T12:30:00Z'),
        properties: { reportcount: 7, planlimit: 10 },
      },
    ],
    [33, { name: 'Manual Step Performed', timeMs: Date.parse('2026-11-20T12:31:00.123Z') }],
    [34, { name: 'Report Viewed', timeMs: Date.parse('2026-11-11T06:00:00.300Z') }],
    [35, { name: 'Home Viewed', timeMs: receivedMs }],
    [
      36,
      {
        call: 'identify',
        timeMs: Date.parse('2026-11-01T00:00:00.080Z'),
        traits: { plan: 'free', role: 'viewer' },
      },
    ],
    [37, { call: 'identify', traits: { plan: 'business' } }],
    [
      39,
      { name: 'Pricing Viewed', isReplay: true, timeMs: Date.parse('2026-06-01T10:00:00.080Z') },
    ],
    [40, { name: 'Expansion Offer Shown', ...harbor, isReplay: false }],
  ])('line %i becomes the event it reports', (number, expected) => {
    expect(onlyEvent(line(number))).toMatchObject({
      receivedMs,
      isReplay: number === 39,
      ...expected,
    });
  });

  it('line 12 has the id and the day of line 11, of which it is a copy', () => {
    expect(onlyInput(line(12))).toEqual(onlyInput(line(11)));
  });

  it.each([
    [
      24,
      {
        previousId: anonymousId,
        userId: 'usr_lena',
        timeMs: Date.parse('2026-11-02T09:16:41.280Z'),
      },
    ],
    [
      25,
      {
        previousId: 'kofi@harbor.example',
        userId: 'usr_kofi',
        timeMs: Date.parse('2026-11-20T12:00:00.080Z'),
      },
    ],
  ])('line %i links two ids', (number, expected) => {
    expect(onlyInput(line(number))).toMatchObject({ kind: 'identity_linked', ...expected });
  });

  it('line 38 asks for a person to be forgotten, although its context is a list', () => {
    expect(onlyInput(line(38))).toEqual({
      kind: 'erasure',
      userId: 'usr_kofi',
      id: 'delete-1795100285084-3fcd1ce4-4a1b-4c2d-8e3f-d67cb72156e2',
      dedupeDay: Math.floor(Date.parse('2026-11-21T08:00:00.387Z') / 86_400_000),
      receivedMs,
    });
  });

  it('line 40 is ignored when it carries our own mark', () => {
    expect(outcomes(parsed(line(40).replace('"expansion-agent"', '"motisig"')))).toEqual([
      'ignored',
    ]);
    expect(outcomes(parsed(line(40).replace('"expagent-', '"motisig-')))).toEqual(['ignored']);
  });

  it('gives the same inputs whether posted one by one, as an array, or in json wrappers', () => {
    const sent = lines.filter((_line, at) => at !== 27); // line 28 has neither id nor time: its id is random
    const single = sent.flatMap((text) => parsed(text).inputs);
    expect(parsed(`[${sent.join(',')}]`).inputs).toEqual(single);
    expect(parsed(`[${sent.map((text) => `{"json":${text}}`).join(',')}]`).inputs).toEqual(single);
    expect(parsed(`{"batch":[${sent.join(',')}]}`, { shape: 'batch' }).inputs).toEqual(single);
  });
});

describe.skipIf(!hasCaptures)('the 12 wrong calls (skipped without ../shared)', () => {
  const lines = hasCaptures ? sampleLines('samples-invalid.ndjson') : [];
  const line = (number: number): string => lines[number - 1] ?? '';

  it.each([
    [1, 'track_without_event', 'usr_lena'],
    [2, 'no_id', undefined],
    [3, 'unknown_type', 'u'],
    [4, 'group_without_group_id', 'u'],
    [5, 'alias_without_previous_id', 'u'],
    [6, 'properties_not_an_object', 'u'],
    [7, 'no_id', undefined],
    [11, 'user_id_unusable', undefined],
    [12, 'delete_without_user_id', undefined],
  ])('line %i goes to quarantine as %s, whole and with one sentence', (number, reason, userId) => {
    const { quarantined, inputs } = parsed(line(number));
    expect(inputs).toEqual([]);
    expect(quarantined).toEqual([
      {
        reason,
        message: expect.stringMatching(/^[A-Z][^.]+; .*\.$/u),
        door: 'segment_webhook',
        receivedMs,
        userId,
        raw: line(number),
      },
    ]);
  });

  it('line 8 with an unreadable time happened when it was received, and has no dedupe day', () => {
    const input = onlyInput(line(8));
    expect(input).toMatchObject({
      id: 'bad-8',
      dedupeDay: undefined,
      event: { timeMs: receivedMs },
    });
  });

  it('line 9 with a message id over 100 characters gets the same short one every time', () => {
    const { id } = onlyInput(line(9));
    expect(id).toMatch(/^hash-[0-9a-f]{40}$/u);
    expect(onlyInput(line(9)).id).toBe(id);
    expect(onlyEvent(line(9)).messageId).toBe(id);
  });

  it('line 10 is kept without the keys that reach a prototype', () => {
    expect(onlyEvent(line(10)).properties).toEqual({});
    expect(Object.hasOwn(Object.prototype, 'isAdmin')).toBe(false);
  });

  it('fails none of its neighbours', () => {
    const good =
      '{"type":"track","event":"X","userId":"u","messageId":"good","properties":{"a":1}}';
    const { inputs, quarantined } = parsed(`[${lines.flatMap((text) => [good, text]).join(',')}]`);
    expect(inputs.filter(({ id }) => id === 'good')).toHaveLength(12);
    expect(inputs).toHaveLength(15);
    expect(quarantined).toHaveLength(9);
  });
});
