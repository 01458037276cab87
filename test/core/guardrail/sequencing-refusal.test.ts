import { describe, expect, it } from 'vitest';
import { dayMs, hourMs } from '../../../src/core/duration.ts';
import { sequencingRefusal } from '../../../src/core/guardrail/sequencing-refusal.ts';
import type { Input } from '../../../src/core/input.ts';
import { noon, run } from '../account/world.ts';
import { did, playbook } from '../decision/scenario.ts';
import { offerOf } from '../offer.ts';

const addon = offerOf({
  id: 'connect',
  family: 'crosssell:connect',
  sells: { kind: 'addon', monthlyPriceCents: 7900 },
});
const used = (count: number, timeMs: number) =>
  did('Report Created', timeMs, { reportcount: count });
/** One report a day, for so many days until noon. */
const daily = (days: number): readonly Input[] =>
  Array.from({ length: days }, (_, at) => used(3, noon - (days - at) * dayMs));
const upgraded = (daysAgo: number) => did('Upgraded', noon - daysAgo * dayMs);

function why(inputs: readonly Input[], offer = addon, book = playbook): string | undefined {
  const { account } = run(inputs, { playbook: book, mode: 'live' }).view;
  const refusal = sequencingRefusal(offer, account, book, noon);
  return refusal?.reason === 'sequencing' ? refusal.why : undefined;
}

describe('a cross-sell', () => {
  it.each([
    [
      'goes ahead where nothing was bought and no limit is near',
      [used(7, noon - hourMs)],
      undefined,
    ],
    ['waits from 80 % of a limit on', [used(8, noon - hourMs)], 'limit_pressure'],
    ['goes ahead when usage has dropped again', [used(9, noon - 2), used(2, noon - 1)], undefined],
    ['forgets what was said of a limit a month ago', [used(9, noon - 31 * dayMs)], undefined],
    ['waits in the first week after an upgrade', [...daily(40), upgraded(6)], 'upgraded_lately'],
    ['goes ahead after it while usage is steady', [...daily(40), upgraded(8)], undefined],
    [
      'waits on while usage is unsteady',
      [
        ...Array.from({ length: 40 }, (_, at) => used(3, noon - 9 * dayMs + at)),
        used(3, noon - 20 * dayMs),
        upgraded(8),
      ],
      'usage_unsteady',
    ],
    ['waits on while there is no week of usage', [upgraded(8)], 'usage_unsteady'],
    ['waits for no steadiness 60 days after it', [upgraded(60)], undefined],
    ['waits until then', [upgraded(59)], 'usage_unsteady'],
  ])('%s', (_, inputs, expected) => {
    expect(why(inputs)).toBe(expected);
  });

  it('looks at time alone where the playbook names no usage', () => {
    const timed = { ...playbook, sequencing: { ...playbook.sequencing, usage: undefined } };
    expect(why([upgraded(8)], addon, timed)).toBeUndefined();
    expect(why([upgraded(6)], addon, timed)).toBe('upgraded_lately');
  });
});

it('no upgrade and no lesson ever waits for its turn', () => {
  const pressed = [used(10, noon - hourMs), upgraded(1)];
  expect(why(pressed)).toBe('limit_pressure');
  expect(why(pressed, offerOf())).toBeUndefined();
  expect(why(pressed, offerOf({ sells: { kind: 'education' } }))).toBeUndefined();
});
