import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { welcome } from '../../src/cli/welcome.ts';
import { readEnvironment } from '../../src/environment.ts';

const folder = mkdtempSync(join(tmpdir(), 'motisig-welcome-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function told(
  dataDir: string,
  writeKeys?: string,
): { readonly key: string; readonly text: string } {
  const { environment } = readEnvironment(
    { DATA_DIR: join(folder, dataDir), SEGMENT_WRITE_KEYS: writeKeys },
    folder,
  );
  const lines = welcome({
    hub: { url: 'http://127.0.0.1:8080' },
    options: { role: 'all', environment },
    playbookFile: 'playbook.yaml',
    redisName: 'its own',
    sandboxUrl: undefined,
    emailSandboxUrl: undefined,
    segmentSandboxUrl: undefined,
    hubspotSandboxUrl: undefined,
  });
  return { key: environment.secrets.writeKeys[0] ?? '', text: lines.join('\n') };
}

describe('the lines of the start', () => {
  it('show a write key that was made just now, in a call that can be pasted', () => {
    const { key, text } = told('made');
    expect(text).toContain(`SEGMENT_WRITE_KEYS=${key}`);
    expect(text).toContain(`-u '${key}:'`);
  });

  it('show no secret that somebody else gave', () => {
    const { text } = told('given', 'write-key-of-the-house');
    expect(text).toContain('<one of SEGMENT_WRITE_KEYS>');
    expect(text).not.toContain('write-key-of-the-house');
  });
});
