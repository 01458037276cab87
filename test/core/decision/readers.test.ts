import { describe, expect, it } from 'vitest';
import { allOn } from '../../../src/core/controls.ts';
import { type ForReaders, forReaders } from '../../../src/core/decision/readers.ts';
import type { DecisionRecord } from '../../../src/core/decision/record.ts';
import { hourMs } from '../../../src/core/duration.ts';
import type { Input } from '../../../src/core/input.ts';
import { noon, playbookOf, run } from '../account/world.ts';
import { did, known, started, yaml } from './scenario.ts';

const full = did('Report Created', noon, { reportcount: 10 });

function decided(learning: string, ...inputs: readonly Input[]): DecisionRecord {
  const playbook = playbookOf(`${yaml}learning: ${learning}\n`);
  const rules = { playbook, mode: 'live', controls: allOn } as const;
  const record = run([known, started, ...inputs], rules).decisions.at(-1);
  if (record === undefined) {
    throw new Error('nothing was decided');
  }
  return record;
}

function told(learning: string, ...inputs: readonly Input[]): ForReaders {
  return forReaders(decided(learning, ...inputs));
}

describe('a decision for its readers', () => {
  it('tells the person why they see it, in their words', () => {
    expect(told('{ mode: fixed }', full).user).toBe(
      'You see this because your team used 10 of 10 reports.',
    );
  });

  it('tells sales why this account, why now, what was said and what to say next', () => {
    const { sales } = told('{ mode: fixed }', full);
    expect(sales).toMatch(/^acme: The team used 10 of 10 reports \(.*100 %.*2027-01-15/u);
    expect(sales).toContain('Said: "10/10 reports", for more.');
    expect(sales).toContain('Next: ask what more room would let them do');
  });

  it('tells an engineer the numbers, and how chance picked', () => {
    expect(told('{ mode: fixed }', full).engineer).toBe(
      decided('{ mode: fixed }', full).explanation,
    );
    expect(told('{ mode: learn, holdoutShare: 0 }', full).engineer).toMatch(
      /more\|intercom 0\.\d{3} \(worth asking in \d+ % of draws\), none 0\.\d{3}; drawn 0\.\d{3}, picked /u,
    );
  });

  it('says of a silence why, and what to do instead', () => {
    const ticket = did('Ticket', noon - hourMs, { id: 't' });
    const { sales, user } = told('{ mode: fixed }', ticket, full);
    expect(user).toBeUndefined();
    expect(sales).toContain('Nothing was said: a support ticket was opened');
    expect(sales).toContain('Next: help first, and say nothing of prices until that is settled.');
  });

  it('asks sales to leave an account of the holdout alone', () => {
    const held = Array.from({ length: 40 }, (_, at) => {
      const input = did('Report Created', noon, { reportcount: 10 });
      return input.kind === 'event'
        ? { ...input, event: { ...input.event, messageId: `held-${at}` } }
        : input;
    }).find(
      (input) =>
        decided('{ mode: learn, holdoutShare: 0.5, salt: v3 }', input).learning?.silence ===
        'holdout',
    );
    expect(held).toBeDefined();
    const { sales } = told('{ mode: learn, holdoutShare: 0.5, salt: v3 }', held ?? full);
    expect(sales).toContain('belongs to those that are left alone, to compare with');
    expect(sales).toContain('Next: leave the account alone until its 30 days are over');
  });

  it('names no person', () => {
    const readers = told('{ mode: fixed }', full);
    expect(JSON.stringify(readers)).not.toMatch(/lena/iu);
  });
});
