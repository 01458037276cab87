import { afterEach, describe, expect, it } from 'vitest';
import { createIntercomConnector } from '../../connectors/intercom/index.ts';
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

async function start(differs: Partial<RunningHubOptions> = {}): Promise<RunningHub> {
  running = await startHub({
    playbook: playbookOf(defaultPlaybookFile),
    connectors: [createIntercomConnector({ clientSecret })],
    intercomClientSecret: clientSecret,
    hasOutcomes: true,
    ...differs,
  });
  return running;
}

const tenOfTen = (hub: RunningHub) =>
  sendUntilTaken(hub.hub.url, tenReports('acme', 'lena').map(reportCall), Date.now());

async function does({ intercom }: RunningHub, act: string): Promise<void> {
  const body = new URLSearchParams({ act });
  await fetch(`${intercom.url}/users/lena/do`, { method: 'POST', redirect: 'manual', body });
}

const namesOf = ({ segment }: RunningHub) => segment?.outcomes().map(({ call }) => call.event);

describe('the outcomes of a prompt', () => {
  it('reach Segment in the order in which they came about, each once', async () => {
    const hub = await start();
    await tenOfTen(hub);
    await hub.drained();
    for (const act of ['see', 'click']) {
      await does(hub, act);
      await hub.drained();
    }
    // The same once more: nothing is told twice.
    await tenOfTen(hub);
    await hub.drained();
    expect(namesOf(hub)).toEqual([
      'Expansion Signal Detected',
      'Prompt Decided',
      'Account State Changed',
      'Prompt Shown',
      'Prompt Clicked',
    ]);
    expect(hub.segment?.outcomes().map(({ copies }) => copies)).toEqual([1, 1, 1, 1, 1]);
    expect(new Set(hub.segment?.outcomes().map(({ call }) => call.userId))).toEqual(
      new Set(['lena']),
    );
  });

  it('wait while Segment is away, and hold up nothing else', async () => {
    const hub = await start();
    const away = { status: 503, headers: { 'retry-after': '1' } };
    hub.segment?.script([away, 'reset', 'done_then_reset']);
    await tenOfTen(hub);
    await hub.drained();
    expect(hub.intercom.prompts()).toHaveLength(1);
    expect(namesOf(hub)).toEqual([
      'Expansion Signal Detected',
      'Prompt Decided',
      'Account State Changed',
    ]);
  });

  it('are none in shadow mode', async () => {
    const hub = await start({ mode: 'shadow' });
    await tenOfTen(hub);
    await hub.drained();
    expect(await hub.hub.ledger.newestOf('acme')).toHaveLength(1);
    expect(hub.segment?.requests()).toBe(0);
  });
});
