import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openIntercomWorkspace } from '../../src/sandbox/intercom-workspace.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'motisig-workspace-'));
});

afterEach(() => rm(folder, { recursive: true }));

describe('the workspace', () => {
  it('keeps the newest contacts and events only, in memory and in its file', async () => {
    const path = join(folder, 'journal.ndjson');
    const workspace = openIntercomWorkspace(path, 10);
    for (let n = 0; n < 100; n += 1) {
      const { contact } = workspace.putContact(undefined, { externalId: `u_${n}` }, n);
      workspace.putEvent({
        contactId: contact.id,
        name: 'opened',
        createdAt: n,
        receivedMs: n,
        metadata: {},
      });
    }
    const newest = Array.from({ length: 10 }, (_, n) => `u_${90 + n}`);
    expect(workspace.contacts().map(({ externalId }) => externalId)).toEqual(newest);
    expect(workspace.contactOf('u_3')).toBeUndefined();
    workspace.close();
    expect((await readFile(path, 'utf8')).split('\n').length).toBeLessThanOrEqual(32);

    const again = openIntercomWorkspace(path, 10);
    expect(again.contacts().map(({ externalId }) => externalId)).toEqual(newest);
    expect(again.events().map(({ createdAt }) => createdAt)).toEqual(
      Array.from({ length: 10 }, (_, n) => 90 + n),
    );
    again.close();
  });
});
