import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayMs, hourMs } from '../../src/core/duration.ts';
import { countersFromLog, differencesOf } from '../../src/core/model/rebuild.ts';
import type { LearningFact } from '../../src/core/model/step.ts';
import { createTally } from '../../src/core/model/tally.ts';
import { overEpisodes, weighedEpisodes } from '../../src/core/model/weighed-episodes.ts';
import { type Backfill, backfill } from '../../src/replay/backfill.ts';
import { event, noon, playbookOf } from '../core/account/world.ts';

const playbook = playbookOf(`
version: 1
events: { Work Done: [], Plan Upgraded: [] }
plan: { default: starter }
plans: { starter: { monthlyPrice: 49 }, pro: { monthlyPrice: 149 } }
signals: { work: { events: Work Done }, upgraded: { events: Plan Upgraded } }
valueMoment: { signal: work }
context: { upgraded: upgraded }
triggers: { busy: { count: work, within: 1d, atLeast: 3, kind: power, offers: [pro] } }
offers:
  pro: { plan: pro, copy: { headline: Go, body: Go, cta_label: Go, cta_url: https://app.example/go } }
`);
const nowMs = noon + 400 * dayMs;

interface Happened {
  readonly account: number;
  readonly day: number;
  readonly what: 'busy' | 'upgraded' | 'idle';
}

/** What happened as events: a busy day is three pieces of work. `idle` only shows that the past reaches so far. */
function pastOf(happened: readonly Happened[], isReplay = false) {
  return happened
    .flatMap(({ account, day, what }, at) => {
      const startMs = noon + day * dayMs;
      const named = (name: string, hour: number) => {
        const told = event({
          id: `${at}.${hour}`,
          name,
          timeMs: startMs + hour * hourMs,
          userId: `user-${account}`,
          isReplay,
        });
        const input = { ...told, event: { ...told.event, accountId: `account-${account}` } };
        return { input, timeMs: input.event.timeMs };
      };
      switch (what) {
        case 'busy':
          return [0, 1, 2].map((hour) => named('Work Done', hour));
        case 'upgraded':
          return [named('Plan Upgraded', 5)];
        case 'idle':
          return [named('Looked Around', 0)];
        default:
          return what satisfies never;
      }
    })
    .toSorted((left, right) => left.timeMs - right.timeMs);
}

const factsOf = ({ steps }: Backfill): readonly LearningFact[] =>
  steps.flatMap((step) => (step.of === 'facts' ? [step.fact] : []));

const countOf = ({ cells }: Backfill) =>
  cells
    .flatMap(({ days }) => days)
    .reduce((sum, { n, y }) => ({ n: sum.n + n, y: sum.y + y }), { n: 0, y: 0 });

const noneLeftOut = { unfinished: 0, overlapping: 0, tooOld: 0 };
const whole: readonly Happened[] = [
  { account: 1, day: 0, what: 'busy' },
  { account: 1, day: 3, what: 'upgraded' },
  { account: 2, day: 1, what: 'busy' },
  { account: 2, day: 30, what: 'idle' },
];

describe('a past in which nobody was asked', () => {
  it('shows the moments at which the hub could have asked, and what was bought without', () => {
    const made = backfill(playbook, pastOf(whole), [], nowMs);
    expect(made.cells.map(({ cell }) => cell)).toEqual([
      { arm: 'hold', family: 'upgrade', signal: 'power' },
    ]);
    expect(countOf(made)).toEqual({ n: 2, y: 1 });
    expect(made.leftOut).toEqual(noneLeftOut);
    expect(made.steps.some(({ of }) => of === 'enrolments' || of === 'outcomes')).toBe(false);
  });

  it('is as much of a past when it is told as a replay', () => {
    expect(countOf(backfill(playbook, pastOf(whole, true), [], nowMs))).toEqual({ n: 2, y: 1 });
  });

  it('says nothing of windows that it does not tell to their end, that are too old, or that are to come', () => {
    const short = whole.filter(({ what }) => what !== 'idle');
    expect(backfill(playbook, pastOf(short), [], nowMs)).toMatchObject({
      steps: [],
      leftOut: { ...noneLeftOut, unfinished: 2 },
    });
    expect(backfill(playbook, pastOf(whole), [], nowMs + 2 * dayMs)).toMatchObject({
      leftOut: { ...noneLeftOut, tooOld: 2 },
    });
    expect(backfill(playbook, pastOf(whole), [], noon - 1)).toMatchObject({
      steps: [],
      leftOut: noneLeftOut,
    });
  });

  it('counts each window once, none beside another, each as one in which asking was out of the question', () => {
    const happened: fc.Arbitrary<Happened> = fc.record({
      account: fc.nat(2),
      day: fc.nat(120),
      what: fc.constantFrom('busy', 'busy', 'busy', 'upgraded', 'idle'),
    });
    let windows = 0;
    fc.assert(
      fc.property(
        fc.array(happened, { minLength: 1, maxLength: 40 }),
        fc.nat(120),
        (all, lastDay) => {
          const past = pastOf(all);
          const early = past.filter(({ timeMs }) => timeMs < noon + lastDay * dayMs);
          const first = backfill(playbook, early, [], nowMs);
          const second = backfill(playbook, past, factsOf(first), nowMs);
          const log = [...factsOf(first), ...factsOf(second)];
          expect(backfill(playbook, past, log, nowMs).steps).toEqual([]);

          const tally = createTally();
          for (const step of [...first.steps, ...second.steps]) {
            if (step.of === 'episodes' || step.of === 'conversions') {
              expect(tally.add(step)).toBe(true);
            }
          }
          const live = tally.counters(() => 'upgrade');
          expect(
            differencesOf(
              live,
              countersFromLog(log, () => 'upgrade', nowMs),
              0,
            ),
          ).toEqual([]);

          const over = overEpisodes(log, nowMs);
          windows += over.length;
          expect(weighedEpisodes(log, nowMs)).toEqual([]);
          for (const [at, one] of over.entries()) {
            const others = over.filter((other, there) => there !== at && other.unit === one.unit);
            expect(others.every(({ t }) => Math.abs(t - one.t) >= 14 * dayMs)).toBe(true);
          }
          const bought = live.cells.flatMap(({ days }) => days).reduce((sum, { y }) => sum + y, 0);
          expect(bought).toBe(over.filter(({ isConverted }) => isConverted).length);
        },
      ),
      { numRuns: 300 },
    );
    expect(windows).toBeGreaterThan(300);
  });
});
