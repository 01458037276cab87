import { describe, expect, it } from 'vitest';
import type { CandidateArithmetic } from '../../../src/core/decision/record.ts';
import { noon, playbookOf } from '../account/world.ts';
import { did, Story, yaml } from './scenario.ts';

/** What was made of three times the same in a row, where a place on the screen costs this share of the sale. */
function decided(slotShare: number, name: string, text = yaml) {
  const playbook = playbookOf(`${text}economics: { slotShare: ${slotShare} }\n`);
  const story = new Story({ playbook, mode: 'live' });
  story.tell(...[1, 2, 3].map((at) => did(name, noon + at)));
  return story.decisions.at(-1);
}

function sumsOf(...args: Parameters<typeof decided>): CandidateArithmetic | undefined {
  return decided(...args)?.candidates[0];
}

describe('a place on the screen that costs a share of the sale', () => {
  it('is paid by a price in the product, and left empty where asking adds less than the share', () => {
    const [free, paid] = [sumsOf(0, 'Invite Sent'), sumsOf(0.01, 'Invite Sent')];
    expect(free?.offerId).toBe('team');
    expect((paid?.askingCost ?? 0) - (free?.askingCost ?? 0)).toBeCloseTo(
      0.01 * (free?.saleValue ?? 0),
      9,
    );
    expect(decided(0.01, 'Invite Sent')?.chosen).toBe('team');
    expect(decided(0.05, 'Invite Sent')?.chosen).toBeUndefined();
  });

  it.each([
    ['an e-mail', 'schedule', 'Exported', yaml],
    [
      'a lesson',
      'lesson',
      'Invite Sent',
      yaml
        .replace('offers: [team] }', 'offers: [lesson] }')
        .replace('offers: [schedule] }', 'offers: [schedule, team] }'),
    ],
  ])('is not paid by %s', (_, offer, name, text) => {
    const [free, other] = [sumsOf(0, name, text), sumsOf(0.05, name, text)];
    expect(free?.offerId).toBe(offer);
    expect(other).toEqual(free);
  });
});
