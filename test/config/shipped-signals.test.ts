import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { FiredTrigger } from '../../src/core/decision/record.ts';
import { dayMs, hourMs } from '../../src/core/duration.ts';
import { event, noon, playbookOf, type Ran, run, type Told } from '../core/account/world.ts';

const playbook = playbookOf(
  readFileSync(new URL('../../config/playbooks/default.yaml', import.meta.url), 'utf8'),
);

/** Noon of 2027-01-15 is a Friday. */
const friday = noon;

/** What the shipped playbook decides on these events of lena, after a first report of long ago. */
function told(events: readonly Omit<Told, 'id'>[]): Ran {
  const value = event({ id: 'value', name: 'Report Created', timeMs: friday - 200 * dayMs });
  const rest = events.map((one, at) => event({ id: `e${at}`, ...one }));
  return run([value, ...rest], { playbook, mode: 'live' });
}

/** What fired, by trigger, in the order of the decisions. */
function firedIn({ decisions }: Ran): readonly FiredTrigger[] {
  return decisions.flatMap((decision) => decision.fired);
}

function idsIn(ran: Ran): readonly string[] {
  return firedIn(ran).map((fired) => fired.triggerId);
}

describe('weekly export ("every Friday")', () => {
  const exported = (timeMs: number): Omit<Told, 'id'> => ({ name: 'Report Exported', timeMs });
  const fridays = [3, 2, 1, 0].map((weeks) => exported(friday - weeks * 7 * dayMs));

  it('offers scheduled exports on the fourth Friday in a row, and names the day', () => {
    const ran = told(fridays);
    expect(firedIn(ran)).toMatchObject([
      {
        triggerId: 'exports_every_week',
        evidence: { count: 4, weeks: 4, weekday: 'Friday' },
        because:
          'report_exported of the account happened in 4 of the last 4 weeks, always on a Friday, 4 were needed',
      },
    ]);
    expect(ran.decisions[0]?.words).toMatchObject({ headline: 'You export every Friday' });
  });

  it('says every week when it was not always the same day', () => {
    const ran = told([exported(friday - 22 * dayMs), ...fridays.slice(1)]);
    expect(ran.decisions[0]?.words).toMatchObject({ headline: 'You export every week' });
  });

  it('is silent for four exports of one week and when a week is missing', () => {
    const week = [3, 2, 1, 0].map((days) => exported(friday - days * dayMs));
    expect(idsIn(told(week))).toEqual([]);
    expect(idsIn(told([exported(friday - 28 * dayMs), ...fridays.slice(1)]))).toEqual([]);
  });
});

describe('5+ sessions a week', () => {
  const hours = (all: readonly number[], name: string): readonly Omit<Told, 'id'>[] =>
    all.map((hour) => ({ name, timeMs: friday + hour * hourMs }));

  it('offers Pro at the fifth session of a user in 7 days', () => {
    const ran = told(hours([-72, -60, -48, -24, 0], 'Feature Opened'));
    expect(firedIn(ran)).toMatchObject([
      { triggerId: 'five_sessions_a_week', evidence: { count: 5, window: '7 days' } },
    ]);
    expect(ran.decisions[0]?.words).toMatchObject({
      headline: '5 visits in 7 days: you work here',
    });
  });

  it('is silent for five sign-ins of one session and for five sessions of five users', () => {
    expect(idsIn(told(hours([0, 0.4, 0.8, 1.2, 1.6], 'Signed In')))).toEqual([]);
    const users = hours([-72, -60, -48, -24, 0], 'Signed In').map((one, at) => ({
      ...one,
      userId: `user-${at}`,
    }));
    expect(idsIn(told(users))).toEqual([]);
  });
});
