import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { readCalls, timeOf } from '../../src/cli/read-calls.ts';
import { unitOfAccount } from '../../src/core/account/learning.ts';
import { dayMs } from '../../src/core/duration.ts';
import type { OpenedFact } from '../../src/core/model/step.ts';
import { backfill } from '../../src/replay/backfill.ts';
import { playbookOf, projectRoot } from './playbooks.ts';

const data = join(projectRoot, '..', 'shared', 'data');
const events = join(data, 'edu365-events.dev.ndjson.gz');
const outcomes = join(data, 'edu365-outcomes.dev.ndjson.gz');
const isThere = existsSync(events) && existsSync(outcomes);
const why = isThere ? '' : ' (skipped: ../shared/data/edu365-*.dev.ndjson.gz is not there)';

interface Upgrade {
  readonly userId: string;
  readonly kind: string;
  readonly at: string;
}

/** When the users of this school took a plan, from a table that the hub never sees. */
function upgradesByUnit(): ReadonlyMap<string, readonly number[]> {
  const times = new Map<string, number[]>();
  const lines = gunzipSync(readFileSync(outcomes)).toString('utf8').trimEnd().split('\n');
  for (const { at, kind, userId } of lines.map((line): Upgrade => JSON.parse(line))) {
    if (kind === 'upgrade') {
      const unit = unitOfAccount(userId);
      times.set(unit, [...(times.get(unit) ?? []), Date.parse(at)]);
    }
  }
  return times;
}

it.skipIf(!isThere)(
  `finds in a real past what was really bought within a fortnight${why}`,
  async () => {
    const playbook = playbookOf(join(import.meta.dirname, 'edu365-playbook.yaml'));
    const { inputs } = await readCalls(playbook, events);
    const past = inputs.map((input) => ({ input, timeMs: timeOf(input) }));
    const made = backfill(playbook, past, [], Date.UTC(2022, 10, 1));
    const counted = made.cells
      .flatMap(({ days }) => days)
      .reduce((sum, { n, y }) => ({ n: sum.n + n, y: sum.y + y }), { n: 0, y: 0 });

    const upgrades = upgradesByUnit();
    const windows = made.steps.flatMap((step) =>
      step.of === 'facts' && step.fact.kind === 'opened' ? [step.fact] : [],
    );
    const isBought = ({ startMs, unit }: OpenedFact): boolean =>
      (upgrades.get(unit) ?? []).some((ms) => startMs < ms && ms <= startMs + 14 * dayMs);
    expect(windows.length).toBeGreaterThan(2_000);
    expect(counted).toEqual({ n: windows.length, y: windows.filter(isBought).length });
    expect(counted.y).toBeGreaterThan(100);
  },
  60_000,
);
