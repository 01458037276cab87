import { afterEach, describe, expect, it } from 'vitest';
import { createIntercomConnector } from '../../connectors/intercom/index.ts';
import { decodeAccount } from '../../src/core/account/codec.ts';
import { until } from '../until.ts';
import { defaultPlaybookFile, playbookOf } from './playbooks.ts';
import { reportCall, tenReports } from './reports.ts';
import { type RunningHub, type RunningHubOptions, startHub } from './running-hub.ts';
import { sendUntilTaken } from './segment-client.ts';

const clientSecret = 'e2e-client-secret-of-intercom';
let running: RunningHub | undefined;

afterEach(async () => {
  await running?.[Symbol.asyncDispose]();
  running = undefined;
});

/** A hub that has prompted Lena. */
async function prompted(differs: Partial<RunningHubOptions> = {}): Promise<RunningHub> {
  running = await startHub({
    playbook: playbookOf(defaultPlaybookFile),
    connectors: [createIntercomConnector({ clientSecret })],
    intercomClientSecret: clientSecret,
    ...differs,
  });
  await sendUntilTaken(running.hub.url, tenReports('acme', 'lena').map(reportCall), Date.now());
  await running.drained();
  expect(running.intercom.prompts()).toHaveLength(1);
  return running;
}

async function does({ intercom }: RunningHub, act: string): Promise<void> {
  const answer = await fetch(`${intercom.url}/users/lena/do`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ act }),
  });
  expect(answer.status).toBe(303);
}

/** How much feedback of each kind the hub has taken from Intercom. */
async function heard({ hub }: RunningHub): Promise<Readonly<Record<string, number>>> {
  const { values } = await hub.metrics.feedback.get();
  return Object.fromEntries(
    values
      .filter(({ labels, value }) => labels.vendor === 'intercom' && value > 0)
      .map(({ labels, value }) => [String(labels.kind), value]),
  );
}

/** Where the account's only prompt stands. */
async function stateOfPrompt({ hub }: RunningHub): Promise<string | undefined> {
  const [loaded] = await hub.store.load([
    { unit: { kind: 'account', id: 'acme' }, members: [], ids: [] },
  ]);
  return decodeAccount(loaded?.bytes).touches[0]?.state;
}

describe('what a person does at Intercom', () => {
  it('moves the life of the prompt in the account', async () => {
    const hub = await prompted();
    expect(await stateOfPrompt(hub)).toBe('sent');
    await does(hub, 'see');
    await hub.drained();
    expect(await stateOfPrompt(hub)).toBe('seen');
    await does(hub, 'click');
    await hub.drained();
    expect(await stateOfPrompt(hub)).toBe('clicked');
  });

  it('reaches the hub by webhooks that it can believe, and nothing of it is strange', async () => {
    const hub = await prompted();
    for (const act of [
      'see',
      'click',
      'reply',
      'write_to_support',
      'close_conversation',
      'open_ticket',
      'close_ticket',
      'unsubscribe',
    ]) {
      await does(hub, act);
    }
    await hub.drained();
    expect(hub.intercom.webhooks().map(({ answer }) => answer)).toEqual(
      Array.from({ length: 8 }, () => 'answered 200'),
    );
    expect(await heard(hub)).toEqual({
      seen: 1,
      clicked: 1,
      replied: 1,
      ticket_opened: 2,
      ticket_closed: 2,
      unsubscribed: 1,
    });
    expect(await hub.hub.quarantine.newest(10)).toEqual([]);
  });

  it('is turned away when it is signed with another secret', async () => {
    const hub = await prompted({ intercomClientSecret: 'of-somebody-else' });
    await does(hub, 'see');
    expect(hub.intercom.webhooks()[0]?.answer).toBe('answered 401');
    expect(await heard(hub)).toEqual({});
  });

  it('is asked for where the webhooks were lost, so that a support request is not missed', async () => {
    const hub = await prompted({
      intercomClientSecret: 'of-somebody-else',
      asksIntercomEveryMs: 100,
    });
    await does(hub, 'write_to_support');
    expect(hub.intercom.webhooks()[0]?.answer).toBe('answered 401');
    await until('the poll', async () => (await heard(hub))['ticket_opened'] !== undefined);
    await does(hub, 'close_conversation');
    await until('the poll', async () => (await heard(hub))['ticket_closed'] !== undefined);
    expect(await hub.hub.quarantine.newest(10)).toEqual([]);
  });

  it('leads through the hub: the prompt has its signed links, and not the address of the copy', async () => {
    const { intercom } = await prompted();
    const metadata = intercom.prompts()[0]?.metadata ?? {};
    expect(metadata['cta_url']).toMatch(/^https:\/\/hub\.example\.com\/go\//u);
    expect(metadata['not_now_url']).toMatch(/^https:\/\/hub\.example\.com\/dismiss\//u);
  });
});
