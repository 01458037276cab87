import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeAccount, encodeAccount } from '../../../src/core/account/codec.ts';
import { allOn } from '../../../src/core/controls.ts';
import { harmfulBySales } from '../../../src/core/decision/harmful-offers.ts';
import type { DecisionRecord } from '../../../src/core/decision/record.ts';
import { dayMs, dayOf, hourMs } from '../../../src/core/duration.ts';
import type { Input } from '../../../src/core/input.ts';
import { familyOf, type Learned } from '../../../src/core/model/learned.ts';
import { saleValue } from '../../../src/core/model/expected-value.ts';
import { countersFromLog, differencesOf } from '../../../src/core/model/rebuild.ts';
import type { Counters } from '../../../src/core/model/snapshot.ts';
import type { LearningFact } from '../../../src/core/model/step.ts';
import { createTally } from '../../../src/core/model/tally.ts';
import { weighedEpisodes } from '../../../src/core/model/weighed-episodes.ts';
import type { Playbook } from '../../../src/core/playbook.ts';
import { createLearning } from '../../../src/replay/learned.ts';
import { noon, playbookOf, type Ran, run } from '../account/world.ts';
import { did, known, reaction, sent, started, yaml } from './scenario.ts';

const lessonFirst = yaml
  .replace('    softer: look\n', '    softer: lesson\n')
  .replace('offers: [schedule] }', 'offers: [schedule, look] }');
const adopted = lessonFirst.replace(
  '    teaches: reports\n',
  '    teaches: reports\n    adoptedBy: invited\n',
);

function learning(text: string): Playbook {
  return playbookOf(`${text}learning: { mode: learn, holdoutShare: 0 }\n`);
}

const rulesOf = (playbook: Playbook, learned?: Learned) =>
  ({ playbook, mode: 'live', controls: allOn, learned }) as const;

/** Ten reports of ten, told by a message of this id: each id is another throw of the dice. */
function full(id: string, timeMs: number): Input {
  const one = did('Report Created', timeMs, { reportcount: 10 });
  return one.kind === 'event' ? { ...one, id, event: { ...one.event, messageId: id } } : one;
}

const lastOf = ({ decisions }: Ran): DecisionRecord | undefined => decisions.at(-1);

/** The day on which the lesson stands in for the price that was dismissed on the first one. */
const lessonMs = noon + 15 * dayMs;
const invite = (days: number): Input => did('Invite Sent', lessonMs + days * dayMs);

/** A price that was dismissed two weeks before, and the moment at which a lesson takes its place. */
function taught(
  playbook: Playbook,
  chosen: 'lesson' | undefined,
  before: readonly Input[] = [],
): readonly Input[] {
  const ids = Array.from({ length: 300 }, (_, at) => at);
  const first = ids
    .map((at) => full(`first${at}`, noon))
    .find((one) => lastOf(run([known, started, one], rulesOf(playbook)))?.chosen === 'more');
  if (first === undefined) {
    throw new Error('nothing was offered in 300 first moments');
  }
  const decision = lastOf(run([known, started, first], rulesOf(playbook)));
  const told = [
    ...[known, started, first, sent(decision, noon + 1_000)],
    reaction(decision, { kind: 'dismissed', until: 'cooldown' }, noon + hourMs),
    did('Report Created', lessonMs - hourMs, { reportcount: 2 }),
    ...before,
  ];
  const moment = ids
    .map((at) => full(`second${at}`, lessonMs))
    .find((one) => {
      const record = lastOf(run([...told, one], rulesOf(playbook)));
      const isAsked = record?.learning !== undefined && record.learning.silence === undefined;
      return chosen === undefined
        ? record?.learning?.silence === 'chance'
        : isAsked && record.chosen === chosen;
    });
  if (moment === undefined) {
    throw new Error(`in none of 300 moments was ${chosen ?? 'nothing'} chosen`);
  }
  return [...told, moment];
}

function learntOf(ran: Ran) {
  const learnt = createLearning();
  for (const effect of ran.effects) {
    if (effect.kind === 'tally') {
      learnt.add(effect.step);
    }
  }
  return learnt;
}

function countersOf(ran: Ran, familyOf: (offer: string) => string): Counters {
  const tally = createTally();
  for (const effect of ran.effects) {
    const { step } = effect.kind === 'tally' ? effect : { step: undefined };
    if (step?.of === 'episodes' || step?.of === 'conversions' || step?.of === 'lags') {
      tally.add(step);
    }
  }
  return tally.counters(familyOf);
}

/** The names of what was counted for lessons. */
function countedOf(ran: Ran): readonly string[] {
  return ran.effects.flatMap((effect) => {
    const { step } = effect.kind === 'tally' ? effect : { step: undefined };
    return step !== undefined &&
      (step.of === 'episodes' || step.of === 'conversions') &&
      /lesson|education/u.test(step.cell)
      ? [`${step.of} ${step.cell}`]
      : [];
  });
}

const usesOf = (ran: Ran): readonly LearningFact[] =>
  learntOf(ran)
    .facts()
    .filter((fact) => fact.kind === 'bought' && fact.family === 'education:reports');

describe('a lesson that names the signal of its use', () => {
  const playbook = learning(adopted);
  const told = taught(playbook, 'lesson');

  it('opens a window, and its arm carries the chances of the playbook while nothing is known', () => {
    const ran = run(told, rulesOf(playbook));
    expect(countedOf(ran)).toEqual(['episodes 1|lesson|limit|intercom']);
    const arm = lastOf(ran)?.learning?.arms.find(({ key }) => key === 'lesson|intercom');
    expect(arm).toMatchObject({ family: 'education:reports', n1: 0, y1: 0, n0: 0, y0: 0 });
    expect(arm?.meanP1).toBeCloseTo(0.3, 12);
    expect(arm?.meanP0).toBeCloseTo(0.1, 12);
  });

  it('counts the first use in the window, by anybody of the account, once', () => {
    const byOther = did('Invite Sent', lessonMs + 3 * dayMs, {}, 'omar');
    const ran = run([...told, byOther, invite(4), invite(5)], rulesOf(playbook));
    expect(countedOf(ran)).toEqual([
      'episodes 1|lesson|limit|intercom',
      'conversions 1|lesson|limit|intercom',
    ]);
    expect(usesOf(ran)).toMatchObject([{ timeMs: lessonMs + 3 * dayMs }]);
  });

  it('counts none after the window, and logs none', () => {
    const ran = run([...told, invite(15)], rulesOf(playbook));
    expect(countedOf(ran)).toEqual(['episodes 1|lesson|limit|intercom']);
    expect(usesOf(ran)).toEqual([]);
  });

  it('is silent now and then on purpose, and counts who uses it without the lesson', () => {
    const ran = run([...taught(playbook, undefined), invite(2)], rulesOf(playbook));
    expect(countedOf(ran)).toEqual([
      'episodes 0|education:reports|limit',
      'conversions 0|education:reports|limit',
    ]);
  });

  it('holds its family back while a window of it is open', () => {
    const cleared = did('Report Created', lessonMs + 8 * dayMs, { reportcount: 2 });
    const again = full('again', lessonMs + 9 * dayMs);
    const silent = taught(playbook, undefined);
    const ran = run([...silent, cleared, again], rulesOf(playbook));
    expect(lastOf(ran)?.refused.at(-1)).toMatchObject({
      offerId: 'lesson',
      refusal: { reason: 'window_open', family: 'education:reports' },
    });
  });

  it('opens no window in an account that used the feature before, and remembers that for good', () => {
    const user = did('Invite Sent', noon + dayMs);
    const ran = run(taught(playbook, 'lesson', [user]), rulesOf(playbook));
    expect(countedOf(ran)).toEqual([]);
    const { account } = ran.view;
    expect(account.learning.used).toEqual(new Set(['education:reports']));
    expect(decodeAccount(encodeAccount(account)).learning).toEqual(account.learning);
  });

  it('counts the same in any order and with any repetition of what follows, and so does the log', () => {
    const follow = [
      ...[invite(-1), invite(2), invite(3), invite(6), invite(20)],
      did('Upgraded', lessonMs + 4 * dayMs),
    ];
    const lateMs = lessonMs + 21 * dayMs;
    const heardMs = (input: Input): number =>
      follow.includes(input) || input.kind !== 'event' ? lateMs : input.receivedMs;
    const straight = run([...told, ...follow], rulesOf(playbook), heardMs);
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...follow, ...follow], { minLength: 2 * follow.length }),
        (order) => {
          const ran = run([...told, ...order], rulesOf(playbook), heardMs);
          expect(countedOf(ran).toSorted()).toEqual(countedOf(straight).toSorted());
          expect(ran.bytes).toEqual(straight.bytes);
          const overMs = lessonMs + 60 * dayMs;
          const timers = ran.effects.flatMap((effect) =>
            effect.kind === 'timer' && effect.input.what === 'retires' ? [effect.input] : [],
          );
          const over = run([...told, ...order, ...timers], rulesOf(playbook), (input) =>
            timers.some(({ id }) => id === input.id) ? overMs : heardMs(input),
          );
          const rebuilt = countersFromLog(learntOf(over).facts(), familyOf(playbook), overMs);
          expect(differencesOf(countersOf(over, familyOf(playbook)), rebuilt, 0)).toEqual([]);
          expect(rebuilt.lags.get('education:reports')).toMatchObject([{ lag: 2, count: 1 }]);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('is no purchase: the account bought nothing, and the effect of the log is that of the lesson', () => {
    const ran = run([...told, invite(2)], rulesOf(playbook));
    expect(ran.view.account.learning.enrolment?.bought).toEqual(new Map());
    expect(ran.view.account.purchases.bought.size).toBe(0);
    const over = weighedEpisodes(learntOf(ran).facts(), lessonMs + 20 * dayMs);
    expect(over.find(({ family }) => family === 'education:reports')).toMatchObject({
      isPrompted: true,
      isConverted: true,
    });
  });

  it('moves with what was counted of lessons, and prices do not', () => {
    const learnt = createLearning();
    const at = { cell: '1|lesson|limit|intercom', day: dayOf(lessonMs) - 40 };
    for (let n = 0; n < 200; n += 1) {
      learnt.add({ id: `e${n}`, of: 'episodes', ...at });
      if (n < 160) {
        learnt.add({ id: `c${n}`, of: 'conversions', ...at });
      }
    }
    const learned = learnt.learned(playbook, lessonMs);
    const ran = run(told, rulesOf(playbook, learned));
    const arm = lastOf(ran)?.learning?.arms.find(({ key }) => key === 'lesson|intercom');
    expect(arm).toMatchObject({ n1: 200, y1: 160 });
    expect(arm?.meanP1).toBeGreaterThan(0.65);
    expect(lastOf(ran)?.candidates[0]?.promptProbability).toBeCloseTo(arm?.meanP1 ?? 0, 12);
    const price = { arm: 'prompt', offer: 'more', signal: 'limit', channel: 'intercom' } as const;
    const { alpha, beta } = learned.snapshot.belief(price);
    expect(alpha / (alpha + beta)).toBeCloseTo(0.11, 12);
  });
});

describe('a lesson that keeps people from what it teaches', () => {
  const playbook = learning(adopted);
  /** Accounts of which so many of 100 use the feature when taught, and 30 when not. */
  const facts = (taughtUse: number): readonly LearningFact[] =>
    Array.from({ length: 2_000 }, (_, at): readonly LearningFact[] => {
      const isTaught = at % 2 === 0;
      const [unit, family] = [`u${at}`, 'education:reports'];
      const cell = isTaught ? '1|lesson|limit|intercom' : `0|${family}|limit`;
      const span = { unit, decisionId: unit, startMs: noon, windowDays: 14, isHoldout: false };
      const isUsed = Math.floor(at / 2) % 100 < (isTaught ? taughtUse : 30);
      return [
        { kind: 'opened', ...span, episodes: [{ family, cell, pi: 0.5 }] },
        ...(isUsed ? [{ kind: 'bought', unit, family, timeMs: noon + dayMs } as const] : []),
      ];
    }).flat();

  it('is stopped, and what it harms is named', () => {
    const [harm] = harmfulBySales(facts(2), playbook, lessonMs);
    expect(harm?.offerId).toBe('lesson');
    expect(harm?.why).toMatch(/^asking lowers the chance of using what it teaches by \d/u);
    expect(harmfulBySales(facts(40), playbook, lessonMs)).toEqual([]);
  });
});

describe('a lesson of which nothing tells whether it worked', () => {
  it('opens no window and keeps the chances of the playbook', () => {
    const playbook = learning(lessonFirst);
    const ran = run([...taught(playbook, 'lesson'), invite(2)], rulesOf(playbook));
    expect(countedOf(ran)).toEqual([]);
    expect(ran.view.account.learning.used.size).toBe(0);
    const arm = lastOf(ran)?.learning?.arms.find(({ key }) => key === 'lesson|intercom');
    expect(arm?.meanP1).toBeCloseTo(0.3, 12);
  });

  it('leaves nothing behind where nothing is learned, whatever it names', () => {
    const ran = run([known, started, invite(0)], rulesOf(playbookOf(adopted)));
    expect(ran.view.account.learning.used.size).toBe(0);
    expect(ran.bytes).toEqual(run([known, started, invite(0)], rulesOf(playbookOf(yaml))).bytes);
  });
});

describe('a lesson that a trigger raises itself', () => {
  const raised = yaml
    .replace('offers: [team] }', 'offers: [lesson] }')
    .replace('offers: [schedule] }', 'offers: [schedule, team] }');
  const invites = [1, 2, 3].map((at) => did('Invite Sent', noon + at * 1000));
  const lessonAfter = (text: string): DecisionRecord | undefined =>
    lastOf(run([known, started, ...invites], rulesOf(playbookOf(text))));

  it('prepares the dearest of the offers that lead to it, and is made where that is worth it', () => {
    const dear = lessonAfter(`${raised}economics: { education: { liftNext: 0.3 } }\n`);
    const { economics } = playbookOf(raised);
    expect(dear).toMatchObject({ chosen: 'lesson' });
    expect(dear?.candidates[0]?.saleValue).toBeCloseTo(0.3 * saleValue(100, economics), 9);
  });

  it('is not made for what it costs alone, nor where no offer leads to it', () => {
    const alone = raised.replaceAll('    education: lesson\n', '');
    const free = 'economics: { education: { liftNext: 0.3 } }\n';
    expect(lessonAfter(`${alone}${free}`)).toMatchObject({ chosen: undefined });
    const dear = 'economics: { slotPrice: 100, education: { liftNext: 0.3 } }\n';
    expect(lessonAfter(`${raised}${dear}`)).toMatchObject({ chosen: undefined });
  });
});
