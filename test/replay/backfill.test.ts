import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayMs, hourMs } from '../../src/core/duration.ts';
import { countersFromLog, differencesOf } from '../../src/core/model/rebuild.ts';
import type { LearningFact, LearningStep } from '../../src/core/model/step.ts';
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
triggers: { busy: { count: work, within: 1d, atLeast: 3, kind: power, offers: [pro, extra] } }
offers:
  extra: { addon: { monthlyPrice: 20 }, copy: { headline: More, body: More, cta_label: More, cta_url: https://app.example/more } }
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
      toCome: 8,
    });
  });

  it('counts each window once, none beside another, in whatever pieces it is told and wherever that breaks off', () => {
    const happened: fc.Arbitrary<Happened> = fc.record({
      account: fc.nat(1),
      day: fc.nat(120),
      what: fc.constantFrom('busy', 'busy', 'busy', 'upgraded', 'idle'),
    });
    const telling = fc.record({ from: fc.nat(120), to: fc.nat(120), done: fc.nat(100) });
    let windows = 0;
    fc.assert(
      fc.property(
        fc.array(happened, { minLength: 1, maxLength: 40 }),
        fc.array(telling, { maxLength: 4 }),
        (all, tellings) => {
          const past = pastOf(all);
          const store = createStore();
          for (const { from, to, done } of tellings) {
            const piece = past.filter(
              ({ timeMs }) => timeMs >= noon + from * dayMs && timeMs < noon + to * dayMs,
            );
            const { steps } = backfill(playbook, piece, store.log, nowMs);
            store.apply(steps.slice(0, Math.ceil((steps.length * done) / 100)));
            // Whatever broke off is told again.
            store.apply(backfill(playbook, piece, store.log, nowMs).steps);
          }
          store.apply(backfill(playbook, past, store.log, nowMs).steps);
          expect(backfill(playbook, past, store.log, nowMs).steps).toEqual([]);

          const live = store.tally.counters(() => 'upgrade');
          const rebuilt = countersFromLog(store.log, () => 'upgrade', nowMs);
          expect(differencesOf(live, rebuilt, 0)).toEqual([]);

          const over = overEpisodes(store.log, nowMs);
          windows += over.length;
          expect(weighedEpisodes(store.log, nowMs)).toEqual([]);
          for (const [at, one] of over.entries()) {
            const others = over.filter(
              ({ family, unit }, there) =>
                there !== at && unit === one.unit && family === one.family,
            );
            expect(others.every(({ t }) => Math.abs(t - one.t) >= 14 * dayMs)).toBe(true);
          }
        },
      ),
      { numRuns: 1_000 },
    );
    expect(windows).toBeGreaterThan(1_000);
  });
});

/** Takes steps as the real store does: each id once. */
function createStore() {
  const ids = new Set<string>();
  const log: LearningFact[] = [];
  const tally = createTally();
  return {
    log,
    tally,
    apply(steps: readonly LearningStep[]): void {
      for (const step of steps.filter(({ id }) => !ids.has(id))) {
        ids.add(step.id);
        if (step.of === 'facts') {
          log.push(step.fact);
        } else if (step.of === 'episodes' || step.of === 'conversions') {
          tally.add(step);
        }
      }
    },
  };
}
