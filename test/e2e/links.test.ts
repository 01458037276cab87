import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLinkMaker } from '../../src/links/token.ts';
import { createPostHorn, sealed } from '../http/post-horn.ts';
import { promptOf } from '../store/samples.ts';
import { defaultPlaybookFile, playbookOf } from './playbooks.ts';
import { reportCall, tenReports } from './reports.ts';
import { type RunningHub, startHub } from './running-hub.ts';
import { keys, sendUntilTaken } from './segment-client.ts';

describe('what people do after a prompt', () => {
  let running: RunningHub;
  let decisionId: string;
  const urls: string[] = [];

  beforeAll(async () => {
    running = await startHub({
      playbook: playbookOf(defaultPlaybookFile),
      connectors: [createPostHorn('sendgrid', urls)],
      publicUrl: undefined,
    });
    const reports = tenReports('acme', 'lena');
    await sendUntilTaken(running.hub.url, reports.map(reportCall), Date.now());
    await running.drained();
    decisionId = (await running.hub.ledger.newestOf('acme'))[0] ?? '';
  });
  afterAll(() => running[Symbol.asyncDispose]());

  const processed = async (): Promise<number> => {
    const { values } = await running.hub.metrics.inputsProcessed.get();
    return values.reduce((sum, { value }) => sum + value, 0);
  };

  it('reaches account and person through a link of the prompt, once', async () => {
    const record = (await running.hub.ledger.read(decisionId))?.record;
    expect(record?.chosen).toBeDefined();
    const prompt = {
      ...promptOf({ kind: 'account', id: 'acme' }),
      decisionId,
      decidedMs: Date.now(),
    };
    const { pathname } = new URL(
      createLinkMaker('https://hub.example.com', keys.linkSecret)(prompt).dismiss,
    );
    const before = await processed();
    for (let times = 0; times < 3; times += 1) {
      const body = new URLSearchParams({ until: 'never' });
      const response = await fetch(`${running.hub.url}${pathname}`, { method: 'POST', body });
      expect([response.status, await response.text()]).toEqual([
        200,
        expect.stringContaining('You will not be shown this offer again.'),
      ]);
    }
    await running.drained();
    expect((await processed()) - before).toBe(2);
  });

  it('reaches them through a vendor’s webhook, once for all copies', async () => {
    const before = await processed();
    const report = { id: 'sendgrid.c', timeMs: Date.now(), kind: 'clicked', decisionId };
    for (let times = 0; times < 3; times += 1) {
      const response = await fetch(`${running.hub.url}/webhooks/sendgrid`, {
        method: 'POST',
        body: sealed([report]),
      });
      expect(response.status).toBe(200);
    }
    await running.drained();
    expect((await processed()) - before).toBe(2);
    expect(await running.hub.quarantine.newest(10)).toEqual([]);
    // Told no public address, the hub takes the one where it listens, whose port it was not told either.
    expect(new Set(urls)).toEqual(new Set([`${running.hub.url}/webhooks/sendgrid`]));
  });

  it('does not start with an upgrade webhook whose calls nothing would sign', async () => {
    const playbook = {
      ...playbookOf(defaultPlaybookFile),
      upgrade: { webhook: 'https://app.example.com/upgrades', currency: undefined },
    };
    await expect(startHub({ playbook })).rejects.toMatchObject({
      code: 'environment_invalid',
      message: expect.stringContaining('UPGRADE_WEBHOOK_SECRET is not set'),
    });
  });
});
