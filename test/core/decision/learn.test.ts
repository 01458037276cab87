import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeAccount, encodeAccount } from '../../../src/core/account/codec.ts';
import { allOn } from '../../../src/core/controls.ts';
import type { DecisionRecord } from '../../../src/core/decision/record.ts';
import { dayMs, dayOf, hourMs } from '../../../src/core/duration.ts';
import { effectId, type Input } from '../../../src/core/input.ts';
import { bucketOf } from '../../../src/core/model/holdout.ts';
import { familyOf, snapshotOf } from '../../../src/core/model/learned.ts';
import { countersFromLog, differencesOf } from '../../../src/core/model/rebuild.ts';
import type { Increment } from '../../../src/core/model/episode.ts';
import type { LearningStep } from '../../../src/core/model/step.ts';
import { overEpisodes, weighedEpisodes } from '../../../src/core/model/weighed-episodes.ts';
import { createTally } from '../../../src/core/model/tally.ts';
import type { Playbook } from '../../../src/core/playbook.ts';
import { event, noon, playbookOf, type Ran, run } from '../account/world.ts';
import { did, known, reaction, sent, started, yaml } from './scenario.ts';

function learning(differs: Partial<Playbook['learning']> = {}): Playbook {
  const playbook = playbookOf(`${yaml}learning: { mode: learn, holdoutShare: 0 }\n`);
  return { ...playbook, learning: { ...playbook.learning, ...differs } };
}

const rules = (playbook: Playbook) => ({ playbook, mode: 'live', controls: allOn }) as const;

/** Ten reports of ten, told by a message of this id: each id is another throw of the dice. */
function full(id: string, timeMs = noon): Input {
  const one = did('Report Created', timeMs, { reportcount: 10 });
  if (one.kind !== 'event') {
    throw new Error('an event is an event');
  }
  return { ...one, id, event: { ...one.event, messageId: id } };
}

function lived(playbook: Playbook, ...inputs: readonly Input[]): Ran {
  return run([known, started, ...inputs], rules(playbook));
}

/** The first moment of these that chance made a prompt, or silence. */
function momentWith(playbook: Playbook, silence: 'chance' | undefined): Input {
  const found = Array.from({ length: 300 }, (_, at) => full(`m${at}`)).find((input) => {
    const record = lived(playbook, input).decisions.at(-1);
    return record?.learning !== undefined && record.learning.silence === silence;
  });
  if (found === undefined) {
    throw new Error('none of 300 moments came out so');
  }
  return found;
}

function stepsOf(ran: Ran): readonly LearningStep[] {
  return ran.effects.flatMap((effect) => (effect.kind === 'tally' ? [effect.step] : []));
}

function isIncrement(step: LearningStep): step is Increment {
  return step.of === 'episodes' || step.of === 'conversions' || step.of === 'lags';
}

function countsOf(ran: Ran): unknown {
  const tally = createTally();
  for (const step of stepsOf(ran).filter(isIncrement)) {
    tally.add(step);
  }
  return tally.counters(() => 'upgrade');
}

function lastOf(ran: Ran): DecisionRecord {
  const record = ran.decisions.at(-1);
  if (record === undefined) {
    throw new Error('nothing was decided');
  }
  return record;
}

/** A moment is lived through in its time; all that follows is heard of so many days later. */
function heardOn(moment: Input, days: number): (input: Input) => number {
  return (input) =>
    [known, started, moment].includes(input) ? input.receivedMs : noon + days * dayMs;
}

const asks = (ran: Ran): number =>
  ran.effects.filter((effect) => effect.kind === 'input' && effect.input.kind === 'prompt_asked')
    .length;

describe('a decision that learns', () => {
  const playbook = learning();

  it('records every arm with its beliefs and probabilities, which add up to 1', () => {
    const { learning: record, candidates } = lastOf(lived(playbook, full('m1')));
    expect(record).toMatchObject({
      model: 'dm1',
      isHoldout: false,
      mrr: 49,
      isMrrImputed: true,
    });
    expect(record?.snapshotId).toMatch(/^[0-9a-f]{16}$/u);
    const pis = record?.arms.map(({ pi }) => pi) ?? [];
    expect(pis.reduce((sum, pi) => sum + pi, record?.piNone ?? 0)).toBeCloseTo(1, 12);
    expect(record?.piNone).toBeGreaterThanOrEqual(0.1);
    const [arm] = record?.arms ?? [];
    expect(arm?.key).toBe('more|intercom');
    // Nothing was counted: the means are the playbook's chances.
    expect(arm?.meanP1).toBeCloseTo(0.11, 12);
    expect(arm?.meanP0).toBeCloseTo(0.05, 12);
    expect(arm?.meanEv).toBeCloseTo(candidates[0]?.expectedValue ?? Number.NaN, 9);
  });

  it('asks, opens one window in the cell of the offer, and says from how much it knows', () => {
    const ran = lived(playbook, momentWith(playbook, undefined));
    expect(asks(ran)).toBe(1);
    expect(stepsOf(ran).filter(isIncrement)).toMatchObject([
      { of: 'episodes', cell: '1|more|limit|intercom' },
    ]);
    expect(lastOf(ran).explanation).toMatch(
      /Asked for more: .* No comparable episode was seen yet/u,
    );
    expect(ran.view.account.learning.episodes).toMatchObject([
      { family: 'upgrade', arm: 'prompt' },
    ]);
  });

  it('is silent on purpose now and then, and waits in the same window for what happens without asking', () => {
    const moment = momentWith(playbook, 'chance');
    const ran = lived(playbook, moment);
    expect(asks(ran)).toBe(0);
    expect(ran.view.account.touches).toEqual([]);
    expect(lastOf(ran).explanation).toMatch(/^Silent on purpose \(learning\), though more could/u);
    expect(stepsOf(ran).filter(isIncrement)).toMatchObject([
      { of: 'episodes', cell: '0|upgrade|limit' },
    ]);
    // The family waits for its window to end.
    const again = did('Report Created', noon + dayMs, { reportcount: 2 });
    const next = run(
      [known, started, moment, again, full('next', noon + 2 * dayMs)],
      rules(playbook),
    );
    expect(lastOf(next).refused).toMatchObject([
      { offerId: 'more', refusal: { reason: 'window_open', family: 'upgrade' } },
    ]);
    expect(asks(next)).toBe(0);
  });

  it('is silent in about as many of 2,000 moments as it says it is', () => {
    let silent = 0;
    let expected = 0;
    let variance = 0;
    const base = [known, started];
    for (let at = 0; at < 2_000; at += 1) {
      const { learning: record } = lastOf(run([...base, full(`f${at}`)], rules(playbook)));
      const piNone = record?.piNone ?? Number.NaN;
      expected += piNone;
      variance += piNone * (1 - piNone);
      silent += record?.picked === 'none' ? 1 : 0;
    }
    expect(Math.abs(silent - expected)).toBeLessThan(4 * Math.sqrt(variance));
  });

  it('decides the same again on any machine', () => {
    const input = full('same');
    expect(lived(playbook, input)).toEqual(lived(playbook, input));
  });

  it('is not there where the playbook does not let the hub learn', () => {
    const fixed = playbookOf(yaml);
    const ran = run([known, started, full('m1')], rules(fixed));
    expect(lastOf(ran).learning).toBeUndefined();
    expect(lastOf(ran).chosen).toBe('more');
    expect(stepsOf(ran).filter((step) => step.of !== 'outcomes')).toEqual([]);
  });
});

describe('a decision that tells sizes of accounts apart', () => {
  const sizes = { midFrom: 40, largeFrom: 100 };
  const playbook = learning({ sizes });
  const pays = (mrr: number): Input =>
    event({ id: `pays${mrr}`, call: 'group', timeMs: noon - hourMs, traits: { mrr } });

  it.each([
    [20, 'small'],
    [49, 'mid'],
    [100, 'large'],
  ] as const)('counts an account that pays %d as %s, and says so', (mrr, size) => {
    const cells = Array.from({ length: 60 }, (_, at) => {
      const ran = lived(playbook, pays(mrr), full(`s${at}`));
      expect(lastOf(ran).learning?.size).toBe(size);
      return stepsOf(ran).flatMap((step) => ('cell' in step ? [step.cell] : []));
    }).flat();
    const names = [`0|upgrade|limit|${size}`, `1|more|limit|intercom|${size}`];
    expect([...new Set(cells)].toSorted()).toEqual(names);
  });

  it('learns from accounts of its size first, and counters of before still count', () => {
    const day = dayOf(noon) - 40;
    const tally = createTally();
    const count = (cell: string, n: number, y: number): void => {
      for (let at = 0; at < n; at += 1) {
        tally.add({ id: `e${cell}${at}`, of: 'episodes', cell, day });
        if (at < y) {
          tally.add({ id: `c${cell}${at}`, of: 'conversions', cell, day });
        }
      }
    };
    const meanP1 = (mrr: number, differs: Playbook): number => {
      const snapshot = snapshotOf(tally.counters(familyOf(differs)), differs, noon);
      const learned = { snapshot, accounts: 0, asking: new Map() };
      const ran = run([known, started, pays(mrr), full('s')], { ...rules(differs), learned });
      return lastOf(ran).learning?.arms[0]?.meanP1 ?? Number.NaN;
    };
    count('1|more|limit|intercom', 200, 44);
    const before = meanP1(100, playbook);
    expect(before).toBeGreaterThan(0.14);
    count('1|more|limit|intercom|large', 100, 50);
    expect(meanP1(100, playbook)).toBeGreaterThan(1.5 * meanP1(20, playbook));
    // Without sizes all of it is one cell again: 94 of 300, and the prior.
    const together = meanP1(20, learning());
    expect(together).toBe(meanP1(100, learning()));
    expect(together).toBeGreaterThan(0.2);
  });

  it('is rebuilt from the log to the same counters', () => {
    const ran = lived(playbook, pays(100), full('r1'), did('Upgraded', noon + dayMs));
    const facts = stepsOf(ran).flatMap((step) => (step.of === 'facts' ? [step.fact] : []));
    const live = createTally();
    for (const step of stepsOf(ran).filter(isIncrement)) {
      live.add(step);
    }
    const rebuilt = countersFromLog(facts, familyOf(playbook), noon + 2 * dayMs);
    expect(differencesOf(live.counters(familyOf(playbook)), rebuilt, 0)).toEqual([]);
    expect(rebuilt.cells).toHaveLength(1);
    expect(rebuilt.cells[0]?.cell.size).toBe('large');
  });
});

describe('a hub that watches in shadow mode', () => {
  const playbook = learning();

  it('learns what happens without asking, and takes none of its moments for one that was left to chance', () => {
    for (const at of [1, 2, 3, 4, 5]) {
      const inputs = [known, started, full(`s${at}`), did('Upgraded', noon + dayMs)];
      const ran = run(inputs, { ...rules(playbook), mode: 'shadow' });
      expect(asks(ran)).toBe(0);
      expect(stepsOf(ran).filter(isIncrement)).toMatchObject([
        { of: 'episodes', cell: '0|upgrade|limit' },
        { of: 'conversions', cell: '0|upgrade|limit' },
      ]);
      expect(stepsOf(ran).some(({ of }) => of === 'enrolments')).toBe(false);
      const facts = stepsOf(ran).flatMap((step) => (step.of === 'facts' ? [step.fact] : []));
      expect(overEpisodes(facts, noon + 30 * dayMs)).toMatchObject([
        { isPrompted: false, isConverted: true, pi: 0 },
      ]);
      expect(weighedEpisodes(facts, noon + 30 * dayMs)).toEqual([]);
    }
  });
});

describe('an account of the holdout', () => {
  it('is shown nothing, whatever it does, and is claimed and looked at like any other', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 8 }), fc.nat(400), (salt, hours) => {
        const share = bucketOf(salt, 'acme') + 1e-9;
        const playbook = learning({ salt, holdoutShare: share });
        const ran = lived(
          playbook,
          full('a'),
          did('Integration Tried', noon + hours * hourMs, { integration: 'x' }),
          did('Integration Tried', noon + hours * hourMs + 1, { integration: 'x' }),
        );
        expect(asks(ran)).toBe(0);
        expect(ran.decisions.map(({ chosen }) => chosen)).not.toContain('more');
        expect(ran.decisions.every(({ words }) => words === undefined)).toBe(true);
        expect(stepsOf(ran).some((step) => 'cell' in step && step.cell.startsWith('1|'))).toBe(
          false,
        );
      }),
      { numRuns: 60 },
    );
  });

  it('says so, takes part in the comparison once, and tells what became of it', () => {
    const playbook = learning({ holdoutShare: 1 });
    const moment = momentOf(playbook, 'holdout');
    const bought = did('Upgraded', noon + 3 * dayMs);
    const before = lived(playbook, moment, bought);
    expect(lastOf(before).explanation).toMatch(
      /^Left alone to compare with \(holdout\), though more/u,
    );
    expect(before.view.account.touches).toHaveLength(1);
    const timers = before.effects.flatMap((effect) =>
      effect.kind === 'timer' ? [effect.input] : [],
    );
    expect(timers.map(({ what }) => what).toSorted()).toEqual(['horizon', 'retires']);
    const after = lived(playbook, moment, bought, ...timers);
    expect(
      stepsOf(after).filter(({ of }) => of === 'enrolments' || of === 'results'),
    ).toMatchObject([
      { of: 'enrolments', account: { isHoldout: true, mrr: 49 } },
      { of: 'results', result: { hasBought: true, hasLeft: false } },
    ]);
    expect(JSON.stringify(stepsOf(after))).not.toContain('acme');
  });

  function momentOf(playbook: Playbook, silence: 'holdout'): Input {
    const found = Array.from({ length: 50 }, (_, at) => full(`h${at}`)).find(
      (input) => lastOf(lived(playbook, input)).learning?.silence === silence,
    );
    if (found === undefined) {
      throw new Error('no moment would have been asked at');
    }
    return found;
  }
});

describe('what an account adds to the learning', () => {
  const playbook = learning();
  const moment = momentWith(playbook, undefined);
  const bought = (days: number): Input => did('Upgraded', noon + days * dayMs);

  it('credits a purchase in the window once, and none after it', () => {
    const increments = (ran: Ran) =>
      stepsOf(ran)
        .filter(isIncrement)
        .map(({ of }) => of);
    const one = bought(3);
    expect(increments(lived(playbook, moment, one, one, bought(4)))).toEqual([
      'episodes',
      'conversions',
    ]);
    expect(increments(lived(playbook, moment, bought(15)))).toEqual(['episodes']);
  });

  it('counts a purchase by a click on the link, and the event that tells of it later, once', () => {
    const decision = lastOf(lived(playbook, moment));
    const clicked = reaction(decision, { kind: 'bought', offerId: 'more' }, noon + 2 * dayMs);
    const shown = sent(decision, noon + 1_000);
    for (const told of [
      [shown, clicked],
      [shown, clicked, bought(2.1)],
      [shown, bought(2.1), clicked],
    ]) {
      const ran = run([known, started, moment, ...told], rules(playbook), heardOn(moment, 3));
      expect(stepsOf(ran).filter(({ of }) => of === 'conversions')).toHaveLength(1);
      expect(ran.view.account.touches).toMatchObject([{ state: 'converted' }]);
    }
    const gone = reaction(decision, { kind: 'bought', offerId: 'gone' }, noon + 2 * dayMs);
    const ran = lived(playbook, moment, shown, gone);
    expect(stepsOf(ran).filter(({ of }) => of === 'conversions')).toEqual([]);
  });

  it('counts the same in any order and with any repetition of what follows a decision', () => {
    const decision = lastOf(lived(playbook, moment));
    const told = [
      bought(2),
      bought(6),
      bought(20),
      sent(decision, noon + 1_000),
      reaction(decision, { kind: 'dismissed', until: 'cooldown' }, noon + hourMs),
      did('Ticket', noon + 2 * hourMs, { id: 't1' }),
    ];
    const straight = lived(playbook, moment, ...told);
    const ids = (ran: Ran): readonly string[] =>
      [...new Set(ran.effects.filter(({ kind }) => kind === 'tally').map(effectId))].toSorted();
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...told, ...told], { minLength: 12, maxLength: 12 }),
        (order) => {
          const ran = run([known, started, moment, ...order], rules(playbook), heardOn(moment, 21));
          expect(countsOf(ran)).toEqual(countsOf(straight));
          expect(ran.view.account.learning.episodes).toEqual(
            straight.view.account.learning.episodes,
          );
          expect(ids(ran)).toEqual(ids(straight));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('counts what a prompt led to, once per prompt', () => {
    const decision = lastOf(lived(playbook, moment));
    const dismissed = reaction(decision, { kind: 'dismissed', until: 'never' }, noon + hourMs);
    const gone = reaction(decision, { kind: 'unsubscribed', of: 'all' }, noon + hourMs);
    const ran = lived(playbook, moment, sent(decision, noon + 1_000), dismissed, gone);
    const outcomes = stepsOf(ran).flatMap((step) => (step.of === 'outcomes' ? [step.what] : []));
    expect(outcomes).toEqual(['prompts', 'dismissed', 'optedOut']);
  });

  it('takes a conversion back that a downgrade followed, and leaves the counter', () => {
    const withDowngrade = playbookOf(
      `${yaml
        .replace('  Upgraded: []\n', '  Upgraded: []\n  Downgraded: []\n')
        .replace('  error: { events', '  downgraded: { events: Downgraded }\n  error: { events')
        .replace(
          '  upgraded: upgraded\n',
          '  upgraded: upgraded\n  downgraded: downgraded\n',
        )}learning: { mode: learn, holdoutShare: 0 }\n`,
    );
    const first = momentWith(withDowngrade, undefined);
    const told = [bought(2), did('Downgraded', noon + 5 * dayMs)];
    for (const order of [told, told.toReversed()]) {
      const ran = run([known, started, first, ...order], rules(withDowngrade), heardOn(first, 6));
      expect(ran.view.account.learning.episodes).toMatchObject([{ isReversed: true }]);
      expect(stepsOf(ran).filter(({ of }) => of === 'conversions')).toHaveLength(1);
      expect(
        stepsOf(ran).flatMap((step) => (step.of === 'facts' ? [step.fact.kind] : [])),
      ).toContain('reversed');
    }
  });

  it('is packed with the account, and comes back as it was', () => {
    const { account } = lived(playbook, moment, bought(3)).view;
    expect(account.learning.episodes).toHaveLength(1);
    expect(account.learning.enrolment?.bought.size).toBe(1);
    expect(decodeAccount(encodeAccount(account)).learning).toEqual(account.learning);
  });

  it('lets go of a window when it is over, and counts its delay then', () => {
    const before = lived(playbook, moment, bought(3));
    const timers = before.effects.flatMap((effect) =>
      effect.kind === 'timer' && effect.input.what === 'retires' ? [effect.input] : [],
    );
    const after = lived(playbook, moment, bought(3), ...timers);
    expect(stepsOf(after).filter(({ of }) => of === 'lags')).toMatchObject([
      { family: 'upgrade', lag: 3 },
    ]);
    expect(after.view.account.learning.episodes).toEqual([]);
  });
});
