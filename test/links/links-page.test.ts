import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createUpgradeWebhook, type UpgradeOrder } from '../../src/links/upgrade-webhook.ts';
import { until } from '../until.ts';
import { upgradeSecret } from './receiver.ts';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

async function listens(port: number): Promise<boolean> {
  const socket = createConnection({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

it('docs/links.md shows a receiver that takes our calls and nobody else’s', async () => {
  const text = await readFile(new URL('../../docs/links.md', import.meta.url), 'utf8');
  const [, source = ''] = /^```js\n([\s\S]*?)^```$/mu.exec(text) ?? [];
  const folder = await mkdtemp(join(tmpdir(), 'motisig-receiver-'));
  await writeFile(join(folder, 'receiver.mjs'), source);
  const port = await freePort();
  const child = spawn(process.execPath, [join(folder, 'receiver.mjs')], {
    env: { PORT: String(port), UPGRADE_WEBHOOK_SECRET: upgradeSecret },
    stdio: 'ignore',
  });
  try {
    await until('the receiver to listen', () => listens(port));
    const order: UpgradeOrder = {
      decisionId: '3-ab',
      accountId: 'acme',
      userId: 'lena',
      offerId: 'more_reports',
      plan: 'pro',
      monthlyPriceCents: 9900,
      currency: 'USD',
      confirmedMs: 0,
    };
    const url = `http://127.0.0.1:${port}/`;
    const ours = createUpgradeWebhook({ url, secret: upgradeSecret });
    expect([await ours(order, Date.now()), await ours(order, Date.now())]).toEqual([
      'done',
      'done',
    ]);
    expect(await ours(order, Date.now() - 400_000)).toBe('failed');
    const theirs = createUpgradeWebhook({ url, secret: 'another secret' });
    expect(await theirs(order, Date.now())).toBe('failed');
  } finally {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true, force: true });
  }
});
