import { describe, expect, it } from 'vitest';
import { createUnmappedCounts } from '../../src/store/unmapped.ts';
import { openRedis } from '../store/open-redis.ts';
import { defaultPlaybookFile, playbookOf } from './playbooks.ts';
import { startHub } from './running-hub.ts';
import { keys, type SegmentCall, sendUntilTaken } from './segment-client.ts';

let ids = 0;
function call(userId: string, fields: Readonly<Record<string, unknown>>): SegmentCall {
  ids += 1;
  return {
    type: 'track',
    messageId: `call-${ids}`,
    userId,
    timestamp: new Date().toISOString(),
    context: { groupId: 'acme' },
    ...fields,
  };
}

const report = (count: number): SegmentCall =>
  call('lena', { event: 'Report Created', properties: { report_count: count, plan_limit: 10 } });

describe('a hub with the playbook that ships', () => {
  it('shows the prompt to the admin when somebody who cannot buy reaches the limit', async () => {
    await using running = await startHub({ playbook: playbookOf(defaultPlaybookFile) });
    const send = (calls: readonly SegmentCall[]) =>
      sendUntilTaken(running.hub.url, calls, Date.now());
    await send([
      call('ana', { event: 'Account Added User', properties: { role: 'Admin' } }),
      call('lena', { type: 'identify', traits: { role: 'viewer', name: 'Lena' } }),
    ]);
    await running.drained();
    await send([report(9), report(10)]);
    await running.drained();
    const shown = running.intercom.prompts();
    expect(shown.map(({ externalId }) => externalId)).toEqual(['ana']);
    expect(JSON.stringify(shown[0]?.metadata)).toContain('10/10');
  });

  it('counts the events that no rule knows, and tells them to the operator only', async () => {
    await using running = await startHub({ playbook: playbookOf(defaultPlaybookFile) });
    const songs = [1, 2, 3].map(() => call('lena', { event: 'Song Played' }));
    await sendUntilTaken(running.hub.url, [...songs, report(1)], Date.now());
    await running.drained();
    const url = `${running.hub.url}/api/unmapped`;
    expect((await fetch(url)).status).toBe(401);
    // What is counted is written every ten seconds, and when a hub stops.
    await running.hub.stop();
    using connection = await openRedis({ path: running.redis.path });
    expect(await createUnmappedCounts(connection.redis).all()).toEqual([
      { event: 'Song Played', count: 3 },
    ]);
    await using again = await startHub({ playbook: playbookOf(defaultPlaybookFile) });
    const headers = { authorization: `Bearer ${keys.adminToken}` };
    const answer = await fetch(`${again.hub.url}/api/unmapped`, { headers });
    expect(await answer.json()).toEqual({ events: [] });
  });
});
