import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { runCheck } from '../../src/cli/check.ts';
import { smallPlaybook } from '../config/small-playbook.ts';

const folder = mkdtempSync(join(tmpdir(), 'motisig-against-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function fileOf(name: string, bytes: string | Buffer): string {
  const file = join(folder, name);
  writeFileSync(file, bytes);
  return file;
}

const playbook = fileOf(
  'playbook.yaml',
  smallPlaybook
    .replace('gauge: reports', 'kind: limit\n    gauge: reports')
    .replace('count: invites', 'kind: team\n    count: invites'),
);

async function run(against: string) {
  let out = '';
  let err = '';
  const io = {
    stdout: (text: string) => void (out += text),
    stderr: (text: string) => void (err += text),
  };
  const code = await runCheck({ file: playbook, against }, io);
  return { code, err, lines: out.split('\n').map((line) => line.trim().replace(/ {2,}/gu, ' | ')) };
}

let ids = 0;
/** A call of lena in account acme, so many hours after the beginning of 2025. */
function call(hour: number, fields: Readonly<Record<string, unknown>>): string {
  ids += 1;
  return JSON.stringify({
    type: 'track',
    messageId: `m${ids}`,
    userId: 'lena',
    timestamp: new Date(Date.UTC(2025, 0, 1, hour)).toISOString(),
    context: { groupId: 'acme' },
    ...fields,
  });
}

const invite = (hour: number, fields = {}) => call(hour, { event: 'invite_sent', ...fields });
const report = (hour: number, count: number) =>
  call(hour, { event: 'Report Created', properties: { report_count: count } });

describe('motisig check --against', () => {
  const lines = [
    report(0, 9),
    // Out of order: the clock is the time of the event.
    invite(27),
    invite(25),
    invite(26),
    report(400, 10),
    invite(401, { userId: 'sam', context: { groupId: 'other' } }),
    invite(402, { userId: 'sam', context: { groupId: 'other' } }),
    invite(403, { userId: 'sam', context: { groupId: 'other' } }),
    call(404, { event: 'Teammate Invited' }),
    call(405, { event: 'Song Played' }),
    call(406, { event: 'Song Played' }),
    call(407, { type: 'page', name: 'Home' }),
    call(408, { type: 'identify', traits: { name: 'Lena' } }),
    'no json',
    '',
  ];

  it('tells per rule how often it would fire, for how many accounts, and prompt', async () => {
    const { code, lines: out } = await run(fileOf('events.ndjson', lines.join('\n')));
    expect(code).toBe(0);
    // The other account never created a report: it has not reached its value moment, so it fires and stays silent.
    expect(out).toEqual(
      expect.arrayContaining([
        'rule | fires | accounts | prompts',
        'reports_full | 1 | 1 | 1',
        'third_invite | 2 | 2 | 1',
      ]),
    );
    expect(out.join('\n')).toContain(
      '13 calls of 2025-01-01 00:00 UTC to 2025-01-18 00:00 UTC; besides, 1 not understood.',
    );
  });

  it('lists the events that no rule knows, most frequent first, each with a suggestion', async () => {
    const { lines: out } = await run(fileOf('packed.ndjson.gz', gzipSync(lines.join('\n'))));
    const from = out.indexOf('Events that no rule knows:');
    expect(out.slice(from + 2, -1).map((line) => line.split(' | ').slice(0, 2))).toEqual([
      ['Song Played', '2'],
      ['Teammate Invited', '1'],
      ['page:Home', '1'],
    ]);
    expect(out.join('\n')).toContain('Write signals: { song_played: { events: "Song Played" } }');
  });

  it('counts a repeated message once, and names signals of which nothing came', async () => {
    const once = invite(0);
    const same = [once, once, once].join('\n');
    const { lines: out } = await run(fileOf('same.ndjson', same));
    expect(out).toContain('third_invite | 0 | 0 | 0');
    expect(out.slice(out.indexOf('Signals of which the file holds no event:'))).toContain(
      'reports (reportcreated)',
    );
  });

  it.each([
    ['is not there', join(folder, 'nowhere.ndjson'), 'there is no such file'],
    ['is a folder', folder, 'it is a folder'],
    [
      'is cut off',
      fileOf('cut.ndjson.gz', gzipSync(lines.join('\n')).subarray(0, 200)),
      'its gzip is damaged',
    ],
  ])('says in one sentence that its file %s', async (_, file, reason) => {
    const { code, err } = await run(file);
    expect(code).toBe(2);
    expect(err).toBe(
      `Cannot read the events ${file}: ${reason}. Name a file of Segment calls, one JSON per line, as it is or packed with gzip.\n`,
    );
  });
});
