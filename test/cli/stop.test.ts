import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { RedisConnection } from '../../src/store/connection.ts';
import { type ControlStore, createControlStore } from '../../src/store/controls.ts';
import { defaultPlaybookFile, projectRoot } from '../e2e/playbooks.ts';
import type { TestRedis } from '../redis-server.ts';
import { useRedis } from '../use-redis.ts';

let server: TestRedis;
let redis: RedisConnection;
let controls: ControlStore;
let folder: string;

useRedis(async (opened) => {
  folder = await mkdtemp(join(tmpdir(), 'mst-'));
  redis = opened.redis;
  server = opened.server;
  controls = createControlStore(redis);
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Runs the command as an operator does. */
function motisig(
  args: readonly string[],
  redisPath = server.path,
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [join(projectRoot, 'src', 'main.ts'), ...args],
      {
        cwd: folder,
        env: {
          PATH: process.env['PATH'] ?? '',
          REDIS_URL: `unix:${redisPath}`,
          DATA_DIR: folder,
          PLAYBOOK: defaultPlaybookFile,
        },
      },
      (_error, out, err) => resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });
}

const reasonAgainst = async (offerId: string): Promise<string | undefined> => {
  const asked = { decisionId: 'd1', offerId, budget: undefined, perMinute: 10, nowMs: Date.now() };
  const answer = await controls.admit(asked);
  return answer.kind === 'refused' ? answer.reason : undefined;
};

describe('motisig stop and resume', { timeout: 90_000 }, () => {
  it('stop everything for every worker, and take it back', async () => {
    const stopped = await motisig(['stop', '--why', 'the prices are wrong']);
    expect(stopped).toMatchObject({ code: 0, err: '' });
    expect(stopped.out).toMatch(/^Everything is stopped \(the prices are wrong\): .*\.\n$/u);
    expect(await reasonAgainst('more_reports')).toBe('the hub is paused (the prices are wrong)');
    const resumed = await motisig(['resume']);
    expect(resumed).toMatchObject({ code: 0, err: '' });
    expect(resumed.out).toMatch(/^Everything may go out again/u);
    expect(await reasonAgainst('more_reports')).toBeUndefined();
  });

  it('stop one offer, and leave it stopped when everything is resumed', async () => {
    expect(await motisig(['stop', 'more_reports', '--why', 'a typo'])).toMatchObject({ code: 0 });
    const { code, out } = await motisig(['resume']);
    expect(code).toBe(0);
    expect(out).toBe(
      'Everything was not stopped, so nothing has changed. Still stopped: more_reports (a typo).\n',
    );
    expect(await reasonAgainst('more_reports')).toBe('the offer is stopped (a typo)');
    expect(await motisig(['resume', 'more_reports'])).toMatchObject({ code: 0 });
    expect(await reasonAgainst('more_reports')).toBeUndefined();
  });

  it.each([
    [
      'an offer that is not in the playbook',
      ['stop', 'nope', '--why', 'x'],
      /no offer "nope"; its offers are .*more_reports/u,
    ],
    [
      'an offer that is not in the playbook',
      ['resume', 'nope'],
      /no offer "nope"; its offers are/u,
    ],
    ['no reason', ['stop'], /--why/u],
    ['an empty reason', ['stop', '--why', ' '], /The reason must be one line/u],
  ])('name in one sentence, with exit code 2: %s', async (_, args, sentence) => {
    const { code, out, err } = await motisig(args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(sentence);
    expect(err.trim().split('\n')).toHaveLength(1);
    expect(await redis.keys('*')).toEqual([]);
  });

  it('say that Redis cannot be reached, with exit code 1', async () => {
    const { code, out, err } = await motisig(
      ['stop', '--why', 'the prices are wrong'],
      join(folder, 'nobody'),
    );
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/^motisig: Cannot reach Redis at .*\.\n$/u);
  });
});
