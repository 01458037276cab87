import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runSimulate } from '../../src/cli/simulate.ts';
import { chanceAt } from '../../src/simulate/chance.ts';
import type { Moment, Policy } from '../../src/simulate/policy.ts';
import { createAlways, createNever } from '../../src/simulate/rules.ts';
import { reportText } from '../../src/simulate/report.ts';
import { type Outcome, oracleNames } from '../../src/simulate/policies.ts';
import { type Result, run } from '../../src/simulate/run.ts';
import { summarize } from '../../src/simulate/summary.ts';
import { shippedWorlds, World } from '../../src/simulate/world.ts';

const base = World.parse({ name: 'base' });
const settings = { world: base, seed: 1, accounts: 60, days: 120 };

const folder = mkdtempSync(join(tmpdir(), 'motisig-simulate-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('common random numbers', () => {
  it('belong to seed, account, day and use, and to nothing else', () => {
    expect(chanceAt(1, 2, 3, 4)).toBe(chanceAt(1, 2, 3, 4));
    const others = [
      chanceAt(2, 2, 3, 4),
      chanceAt(1, 3, 3, 4),
      chanceAt(1, 2, 4, 4),
      chanceAt(1, 2, 3, 5),
    ];
    expect(new Set([chanceAt(1, 2, 3, 4), ...others]).size).toBe(5);
  });

  it('are even, and those of neighbouring days are independent', () => {
    const days = Array.from({ length: 20_000 }, (_, day) => chanceAt(7, 3, day, 1) - 0.5);
    const mean = days.reduce((sum, one) => sum + one, 0) / days.length;
    const product = days.reduce((sum, one, at) => sum + one * (days[at + 1] ?? 0), 0) / days.length;
    expect(Math.abs(mean)).toBeLessThan(0.01);
    expect(Math.abs(product)).toBeLessThan(0.005);
  });

  it('let two policies live through the same signals as long as neither asks', () => {
    const heard = (): { readonly policy: Policy; readonly log: string[] } => {
      const log: string[] = [];
      const ask = ({ account, day, signals, usage }: Moment): undefined => {
        log.push(`${account} ${day} ${signals.join(',')} ${usage}`);
      };
      return { policy: { ...createNever(), ask }, log };
    };
    const [one, other] = [heard(), heard()];
    run(settings, () => one.policy);
    run(settings, () => other.policy);
    expect(one.log).toEqual(other.log);
    expect(one.log.length).toBeGreaterThan(5_000);
  });
});

describe('a simulated world', () => {
  it('gives the same outcome again', () => {
    expect(run(settings, () => createAlways(7))).toEqual(run(settings, () => createAlways(7)));
  });

  it('never asks where the policy never does, and asks within its gap where it always does', () => {
    expect(run(settings, () => createNever()).prompts).toBe(0);
    const days = new Map<number, number[]>();
    const always = createAlways(14);
    run(settings, () => ({
      ...always,
      ask(moment) {
        const question = always.ask(moment);
        if (question !== undefined) {
          days.set(moment.account, [...(days.get(moment.account) ?? []), moment.day]);
        }
        return question;
      },
    }));
    const gaps = [...days.values()].flatMap((asked) =>
      asked.slice(1).map((day, at) => day - (asked[at] ?? 0)),
    );
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(14);
  });

  it('sells more where asking works, and loses accounts where it tires', () => {
    const lively = { ...settings, accounts: 300, days: 200 };
    const strong = World.parse({ name: 'strong', effect: 4, churnPerFatigue: 0 });
    const touchy = World.parse({ name: 'touchy', effect: 0, churnPerFatigue: 8 });
    const gained = (world: World, value: (result: Result) => number): number =>
      value(run({ ...lively, world }, () => createAlways(14))) -
      value(run({ ...lively, world }, () => createNever()));
    expect(gained(strong, ({ conversions }) => conversions)).toBeGreaterThan(20);
    expect(gained(touchy, ({ churned }) => churned)).toBeGreaterThan(5);
  });

  it('keeps people from buying where asking harms', () => {
    const world = World.parse({
      name: 'harm',
      churnPerFatigue: 0,
      signals: {
        power: { p0: 0.3, tau: -0.6 },
        explore: { p0: 0.3, tau: -0.6 },
        team: { p0: 0.3, tau: -0.6 },
      },
    });
    const lively = { ...settings, world, accounts: 300 };
    const asked = run(lively, () => createAlways(7)).conversions;
    expect(asked).toBeLessThan(0.8 * run(lively, () => createNever()).conversions);
  });
});

describe('the summary', () => {
  const outcome = (policy: string, collected: number, conversions: number): Outcome => ({
    policy,
    collected,
    conversions,
    expansionMrr: conversions * 10,
    prompts: 20,
    lessons: 4,
    dismissals: 5,
    complaints: 1,
    churned: 2,
    early: { power: 3, limit: 1 },
    late: {},
  });
  const oracles = (collected: number): readonly Outcome[] =>
    oracleNames.map((name, at) => outcome(name, collected + at, 9));

  it('pairs seeds, so luck that all share makes nothing less sure', () => {
    const [never, ours] = summarize([
      [outcome('never', 100, 3), outcome('ours', 110, 5), ...oracles(120)],
      [outcome('never', 900, 33), outcome('ours', 910, 35), ...oracles(920)],
    ]);
    expect(never?.promptsPerExtraConversion).toBeUndefined();
    expect(ours).toMatchObject({
      extraCollected: { mean: 10, standardError: 0 },
      extraConversions: { mean: 2, standardError: 0 },
      promptsPerExtraConversion: 10,
      lessons: 4,
      regret: { mean: 10 + oracleNames.length - 1, standardError: 0 },
      early: { power: 0.75, limit: 0.25, none: 0 },
      late: { power: 0 },
    });
  });
});

describe('one seed', () => {
  it('has no standard error, and the tables say so', () => {
    const one = (policy: string, collected: number): Outcome => ({
      policy,
      collected,
      conversions: 1,
      expansionMrr: 10,
      prompts: 20,
      lessons: 4,
      dismissals: 5,
      complaints: 1,
      churned: 2,
      early: {},
      late: {},
    });
    const policies = summarize([
      [one('never', 100), one('ours', 110), ...oracleNames.map((name) => one(name, 120))],
    ]);
    expect(policies.map(({ extraCollected }) => extraCollected.standardError)).toEqual(
      policies.map(() => undefined),
    );
    const report = { accounts: 1, days: 1, seeds: 1, firstSeed: 1, holdoutShare: 0, worlds: [] };
    const text = reportText({
      ...report,
      worlds: shippedWorlds.slice(0, 1).map((world) => ({ world, policies })),
    });
    expect(text).toContain('1 seed, so nobody knows how much is luck');
    expect(text).toContain('10 ± -');
  });
});

describe('motisig simulate', () => {
  const args = {
    accounts: 20,
    days: 40,
    seeds: 2,
    firstSeed: 1,
    world: undefined,
    worlds: undefined,
    report: undefined,
    json: undefined,
    playbook: undefined,
  };

  async function told(changes: Partial<Parameters<typeof runSimulate>[0]>): Promise<string> {
    let text = '';
    const io = { stdout: (more: string) => void (text += more), progress: undefined };
    expect(await runSimulate({ ...args, ...changes }, io)).toBe(0);
    return text;
  }

  it('gives other luck from another first seed, and the same again from the same one', async () => {
    const [first, second, again] = await Promise.all(
      [1, 31, 31].map((firstSeed) => told({ firstSeed, world: 'base' })),
    );
    expect(second).toContain('seeds 31 to 32');
    expect(second).toBe(again);
    expect(second?.slice(second.indexOf('\n'))).not.toBe(first?.slice(first.indexOf('\n')));
  });

  it('runs worlds of a file that nobody here wrote, and writes page and numbers', async () => {
    const worlds = join(folder, 'worlds.json');
    const report = join(folder, 'report.html');
    const json = join(folder, 'report.json');
    writeFileSync(
      worlds,
      JSON.stringify([{ name: 'mine', effect: 2, signals: { limit: { p0: 0.1, tau: 0.2 } } }]),
    );
    const text = await told({ worlds, report, json });
    expect(text).toContain('mine');
    expect(text).toContain('learning adds little');
    for (const policy of [
      'never',
      'calendar 30',
      'always 7',
      'random 50 %',
      'ours',
      'ours frozen',
      'ours on p1 only',
      'ours, wrong priors',
      'oracle',
    ]) {
      expect(text).toContain(policy);
    }
    const page = readFileSync(report, 'utf8');
    expect(page.match(/<svg/gu)).toHaveLength(1);
    expect(page).not.toContain('NaN');
    const numbers = JSON.parse(readFileSync(json, 'utf8'));
    expect(numbers).toMatchObject({
      seeds: 2,
      worlds: [{ world: { name: 'mine', monthlyChurn: 0.02 } }],
    });
  });

  it.each([
    ['an unknown world', { world: 'bse' }, 'There is no world bse; name some of base'],
    ['a file that is not there', { worlds: join(folder, 'none.json') }, 'Cannot read worlds'],
  ])('tells %s in one sentence', async (_, changes, sentence) => {
    await expect(told(changes)).rejects.toThrow(sentence);
  });

  it('names the field of a world that is wrong', async () => {
    const worlds = join(folder, 'wrong.json');
    writeFileSync(worlds, JSON.stringify([{ name: 'mine', monthlyChurn: 3 }]));
    await expect(told({ worlds })).rejects.toThrow('0.monthlyChurn');
  });

  it('ships the worlds that the specification names', () => {
    expect(shippedWorlds.map(({ name }) => name)).toEqual([
      'base',
      'small',
      'null',
      'harmful',
      'misprior',
      'drift',
      'delay',
      'touchy',
    ]);
  });
});
