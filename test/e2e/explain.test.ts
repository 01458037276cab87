import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dayMs } from '../../src/core/duration.ts';
import { defaultPlaybookFile, playbookOf, projectRoot } from './playbooks.ts';
import { reportCall, tenReports } from './reports.ts';
import { type RunningHub, startHub } from './running-hub.ts';
import { sendUntilTaken, type SegmentCall } from './segment-client.ts';

const email = 'ada.private@acme.example';

describe('motisig explain', () => {
  let running: RunningHub;
  let dataDir: string;
  let aheadMs = 0;
  const nowMs = (): number => Date.now() + aheadMs;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'mex-'));
    running = await startHub({ playbook: playbookOf(defaultPlaybookFile), clock: { nowMs } });
  });
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await rm(dataDir, { recursive: true, force: true });
  });

  async function send(...calls: readonly SegmentCall[]): Promise<void> {
    await sendUntilTaken(running.hub.url, calls, nowMs());
    await running.drained();
  }

  function event(accountId: string, userId: string, name: string, id: string): SegmentCall {
    return {
      type: 'track',
      messageId: `${accountId}.${id}`,
      userId,
      event: name,
      properties: {},
      context: { groupId: accountId },
      timestamp: new Date(nowMs()).toISOString(),
    };
  }

  /** Runs the command as an operator does, beside the running hub. */
  async function explain(
    id: string,
  ): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
    return new Promise((resolve) => {
      const child = execFile(
        process.execPath,
        [join(projectRoot, 'src', 'main.ts'), 'explain', id],
        {
          cwd: dataDir,
          env: {
            PATH: process.env['PATH'] ?? '',
            REDIS_URL: `unix:${running.redis.path}`,
            DATA_DIR: dataDir,
            PLAYBOOK: defaultPlaybookFile,
          },
        },
        (_error, out, err) => resolve({ code: child.exitCode ?? -1, out, err }),
      );
    });
  }

  it('tells of a decision that prompted: the event, the counter, the arithmetic, the words and the delivery', async () => {
    const known: SegmentCall = {
      type: 'identify',
      messageId: 'acme.identify',
      userId: 'ada',
      traits: { email, name: 'Ada' },
      context: { groupId: 'acme' },
    };
    await send(known, ...tenReports('acme', 'ada', nowMs()).map(reportCall));
    const [decisionId = ''] = await running.hub.ledger.newestOf('acme');

    const { code, out, err } = await explain(decisionId);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const part of [
      `Decision ${decisionId}`,
      'message acme.ada.report.10',
      'Report Created',
      'fired   reports_full',
      '10 of 10',
      'chosen  more_reports',
      'rival   nothing: worth 0',
      "headline: You're at 10/10 reports",
      'delivery: sent',
    ]) {
      expect(out).toContain(part);
    }
    expect(out).not.toContain(email);
  });

  it('tells the same from the account and from the user, without an e-mail address', async () => {
    for (const id of ['acme', 'ada']) {
      const { code, out } = await explain(id);
      expect(code).toBe(0);
      expect(out).toContain('delivery: sent');
      expect(out).toContain('more_reports');
      expect(out).not.toContain(email);
    }
  });

  it('tells which cooldown refused a later moment, and until when', async () => {
    aheadMs = 4 * dayMs;
    // Four days later the prompt is no longer open, and the week's rest is not over.
    await send(...[1, 2, 3].map((nth) => event('acme', 'ada', 'Invite Sent', `invite.${nth}`)));
    const { code, out } = await explain('acme');
    expect(code).toBe(0);
    expect(out).toContain('fired   third_invite');
    expect(out).toMatch(
      /refused team_on_pro by third_invite: cooldown, because the (user|account) was prompted lately and is left alone until \d{4}-\d\d-\d\d \d\d:\d\d UTC/u,
    );
    expect(out).toContain('delivery: none, nothing was chosen');
  });

  it('tells that a prompt was withheld because the person was prompted in another account', async () => {
    await send(...tenReports('second home', 'ada', nowMs()).map(reportCall));
    const [decisionId = ''] = await running.hub.ledger.newestOf('second home');
    const { out } = await explain(decisionId);
    expect(out).toMatch(/delivery: refused at .* because .*cooldown/u);
  });

  it('tells the counters of an account in which no trigger has fired', async () => {
    await send(
      event('quiet', 'quinn', 'Invite Sent', 'invite.1'),
      event('quiet', 'quinn', 'Workflow Completed', 'workflow.1'),
    );
    const { code, out } = await explain('quiet');
    expect(code).toBe(0);
    expect(out).toContain('Account quiet');
    expect(out).toContain('the value moment is reached');
    expect(out).toMatch(
      /counter invite_sent: count within 7 days is 1; fires at 3 \(third_invite\)/u,
    );
    expect(out).toContain('No trigger has fired yet');
  });

  it('says in one sentence that nobody has heard of an id, and fails', async () => {
    const { code, out, err } = await explain('nobody-at-all');
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err.trim().split('\n')).toHaveLength(1);
    expect(err).toContain('nobody-at-all');
  });
});
