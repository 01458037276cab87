import { afterAll, beforeAll, expect, it } from 'vitest';
import { createUpgradeWebhook, type UpgradeOrder } from '../../src/links/upgrade-webhook.ts';
import { noonMs } from '../store/samples.ts';
import { type Receiver, startReceiver, upgradeSecret } from './receiver.ts';

let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver();
});
afterAll(() => receiver[Symbol.asyncDispose]());

const order: UpgradeOrder = {
  decisionId: '3-ab',
  accountId: 'acme',
  userId: 'lena',
  offerId: 'more_reports',
  plan: 'pro',
  monthlyPriceCents: 9900,
  currency: 'USD',
  confirmedMs: noonMs,
};

it('tells the receiver all it needs, signed, under the decision as idempotency key', async () => {
  receiver.answers(204);
  const call = createUpgradeWebhook({ url: receiver.url, secret: upgradeSecret });
  expect(await call(order, noonMs)).toBe('done');
  const [got] = receiver.calls;
  expect(JSON.parse(got?.body ?? '')).toEqual({ type: 'upgrade.confirmed', ...order });
  expect([got?.idempotencyKey, got?.isSigned]).toEqual(['3-ab', true]);
});

it.each([
  [200, 'done'],
  [202, 'done'],
  [302, 'failed'],
  [400, 'failed'],
  [402, 'failed'],
  [409, 'failed'],
  [500, 'failed'],
  [503, 'failed'],
  [408, 'unknown'],
  [502, 'unknown'],
  [504, 'unknown'],
  ['reset', 'unknown'],
  ['never', 'unknown'],
] as const)('takes %s for %s, and asks once', async (answer, outcome) => {
  receiver.answers(answer);
  const before = receiver.calls.length;
  const call = createUpgradeWebhook({ url: receiver.url, secret: upgradeSecret, timeoutMs: 300 });
  expect(await call(order, noonMs)).toBe(outcome);
  expect(receiver.calls.length - before).toBe(1);
});

it('knows that nothing was bought when nobody listens', async () => {
  const gone = await startReceiver();
  await gone[Symbol.asyncDispose]();
  const call = createUpgradeWebhook({ url: gone.url, secret: upgradeSecret });
  expect(await call(order, noonMs)).toBe('failed');
});
