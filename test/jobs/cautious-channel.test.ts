import { expect, it } from 'vitest';
import type { PromptChannel, Reconciliation } from '../../src/core/ports.ts';
import { createCautiousChannel } from '../../src/jobs/cautious-channel.ts';
import { promptOf } from '../destinations/prompt-fixture.ts';

/** A channel that writes down what it is asked. */
function noting(found: Reconciliation) {
  const asked: string[] = [];
  const channel: PromptChannel = {
    name: 'intercom',
    async deliver() {
      asked.push('deliver');
      return { kind: 'accepted', vendorId: 'v1' };
    },
    async reconcile() {
      asked.push('reconcile');
      return found;
    },
  };
  return { asked, channel: createCautiousChannel(channel) };
}

const prompt = promptOf();
const signal = AbortSignal.timeout(60_000);

it('a channel asks without looking until it is told to be cautious', async () => {
  const { asked, channel } = noting('present');
  expect(await channel.deliver(prompt, signal)).toEqual({ kind: 'accepted', vendorId: 'v1' });
  expect(asked).toEqual(['deliver']);
});

it.each([
  ['present', 'accepted', ['reconcile']],
  ['absent', 'accepted', ['reconcile', 'deliver']],
  ['unavailable', 'unavailable', ['reconcile']],
] as const)('a cautious channel that finds a prompt %s answers %s', async (found, kind, calls) => {
  const { asked, channel } = noting(found);
  channel.beCautious();
  expect(await channel.deliver(prompt, signal)).toMatchObject({ kind });
  expect(asked).toEqual(calls);
});
