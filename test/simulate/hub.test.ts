import { describe, expect, it } from 'vitest';
import { loadPlaybook } from '../../src/cli/load-playbook.ts';
import { runNamed } from '../../src/simulate/policies.ts';
import { createHub, type HubSettings } from '../../src/simulate/hub.ts';
import type { Moment, Policy, Question } from '../../src/simulate/policy.ts';
import { createAlways, createNever } from '../../src/simulate/rules.ts';
import { type Result, run } from '../../src/simulate/run.ts';
import { World } from '../../src/simulate/world.ts';

const { playbook } = loadPlaybook(undefined);
const { economics, guardrails, learning } = playbook;
const learns: HubSettings = {
  economics,
  guardrails,
  learning: { ...learning, mode: 'learn', holdoutShare: 0 },
  isFrozen: false,
  isBlindToHold: false,
};
const base = World.parse({ name: 'base' });
const settings = { world: base, seed: 3, accounts: 60, days: 200 };

interface Asked extends Question {
  readonly account: number;
  readonly day: number;
  readonly dismissed: boolean;
}

/** Runs the hub through a world and notes what it asked. */
function asked(hub: HubSettings, world = settings): readonly Asked[] {
  const log: { -readonly [Key in keyof Asked]: Asked[Key] }[] = [];
  run(world, () => {
    const policy = createHub(world.seed, hub);
    return {
      ...policy,
      ask(moment: Moment) {
        const question = policy.ask(moment);
        if (question !== undefined) {
          const { account, day } = moment;
          log.push({ ...question, account, day, dismissed: false });
        }
        return question;
      },
      hear(account, day, reaction) {
        const last = log.findLast((one) => one.account === account);
        if (last !== undefined && reaction.kind === 'dismissed') {
          last.dismissed = true;
        }
        policy.hear(account, day, reaction);
      },
    } satisfies Policy;
  });
  return log;
}

function byAccount(log: readonly Asked[]): readonly (readonly Asked[])[] {
  return [...Map.groupBy(log, ({ account }) => account).values()];
}

describe('the hub in a simulated world', () => {
  it('decides the same again, and differently under another seed', () => {
    expect(asked(learns)).toEqual(asked(learns));
    expect(asked(learns)).not.toEqual(asked(learns, { ...settings, seed: 4 }));
  });

  it("keeps the operator's guardrails: cooldown, caps, the rest after a dismissal, the gate", () => {
    const all = byAccount(asked({ ...learns, learning: { ...learning, mode: 'fixed' } }));
    expect(all.length).toBeGreaterThan(20);
    for (const mine of all) {
      for (const [at, one] of mine.entries()) {
        const before = mine[at - 1];
        expect(one.day - (before?.day ?? -7)).toBeGreaterThanOrEqual(7);
        expect(mine.filter(({ day }) => day > one.day - 30 && day <= one.day).length).toBeLessThan(
          4,
        );
        const rests = mine.slice(0, at).filter((old) => old.dismissed && old.offer === one.offer);
        expect(Math.min(...rests.map((old) => one.day - old.day), 30)).toBe(30);
      }
    }
  });

  it('teaches in the place of a dismissed price, and names one again only after that or much later', () => {
    const log = asked({ ...learns, learning: { ...learning, mode: 'fixed' } });
    const lessons = log.filter(({ offer }) => offer === 'education');
    expect(lessons.length).toBeGreaterThan(10);
    for (const { account, day } of lessons) {
      const before = log.filter((one) => one.account === account && one.day < day);
      expect(before.some(({ dismissed }) => dismissed)).toBe(true);
    }
  });

  it('asks nobody of the holdout', () => {
    const none = asked({ ...learns, learning: { ...learning, mode: 'learn', holdoutShare: 1 } });
    expect(none).toEqual([]);
    const half = { ...learning, mode: 'learn' as const, holdoutShare: 0.5 };
    const some = byAccount(asked({ ...learns, learning: half })).length;
    const all = byAccount(asked(learns)).length;
    expect(some / all).toBeGreaterThan(0.3);
    expect(some / all).toBeLessThan(0.7);
  });

  it('only watches before the first day, and decides differently for what it saw', () => {
    const moments = (day: number) =>
      Array.from(
        { length: 40 },
        (_, account): Moment => ({
          account,
          day,
          signals: ['limit'],
          mrr: 150,
          usage: 0.9,
          upgradedDay: undefined,
          crosssoldDay: undefined,
        }),
      );
    const questionsOn = (day: number): number => {
      const hub = createHub(3, learns);
      hub.beginDay(day);
      return moments(day).filter((moment) => hub.ask(moment) !== undefined).length;
    };
    expect(questionsOn(-1)).toBe(0);
    expect(questionsOn(0)).toBeGreaterThan(20);

    const months = {
      world: base,
      seed: 3,
      accounts: 60,
      days: 90,
      economics,
      guardrails,
      learning,
    };
    const promptsOf = (policy: string): number => runNamed(policy, months).prompts;
    expect(promptsOf('ours, watched first')).not.toBe(promptsOf('ours'));
  });

  it('goes on asking where far more is bought without asking than it was told', () => {
    const world = World.parse({ name: 'buyers', signals: { limit: { p0: 0.25, tau: 0.1 } } });
    const months = { world, accounts: 200, days: 240, economics, guardrails, learning };
    const atLimits = [1, 2].map((seed) => {
      const { late } = runNamed('ours, watched first', { ...months, seed });
      return (late.limit ?? 0) / Object.values(late).reduce((sum, one) => sum + one, 0);
    });
    expect(Math.min(...atLimits)).toBeGreaterThan(0.2);
  });

  it('sells more than it would without asking, and with fewer prompts than the rule of a fortnight', () => {
    const years = { ...settings, accounts: 200, days: 365 };
    const [ours, always, never] = [
      run(years, () => createHub(3, learns)),
      run(years, () => createAlways(14)),
      run(years, () => createNever()),
    ];
    expect(ours.prompts).toBeLessThan(always.prompts);
    expect(ours.conversions).toBeGreaterThan(never.conversions);
    expect(ours.collected).toBeGreaterThan(never.collected);
  });

  it('finds out which signal does harm, and lets it be', () => {
    const world = World.parse({
      name: 'harm',
      signals: { power: { p0: 0.05, tau: -0.05 } },
    });
    const year = { ...settings, world, accounts: 300, days: 365 };
    const shareOf = ({ early, late }: Result): readonly number[] =>
      [early, late].map(
        (counts) => (counts.power ?? 0) / Object.values(counts).reduce((sum, one) => sum + one, 0),
      );
    const [early = 0, late = 1] = shareOf(run(year, () => createHub(3, learns)));
    const [, frozenLate = 0] = shareOf(
      run(year, () => createHub(3, { ...learns, isFrozen: true })),
    );
    expect(late).toBeLessThan(early / 2);
    expect(late).toBeLessThan(frozenLate / 2);
  });
});
