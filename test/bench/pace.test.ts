import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { highestKeptUp } from '../../bench/harness/pace.ts';

describe('the search for the highest pace', () => {
  it('ends below what is kept up and at most a tenth below it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 20, max: 50_000 }), async (most) => {
        const found = await highestKeptUp(async (perSecond) => perSecond <= most);
        expect(found).toBeLessThanOrEqual(most);
        expect(found * 1.1 + 1).toBeGreaterThanOrEqual(most);
      }),
    );
  });

  it('forgives one spoilt try of a pace', async () => {
    const tried = new Set<number>();
    const found = await highestKeptUp(async (perSecond) => {
      const isSecond = tried.has(perSecond);
      tried.add(perSecond);
      return isSecond && perSecond <= 1_000;
    });
    expect(found).toBe(1_000);
  });

  it('says so when no pace is kept up', async () => {
    await expect(highestKeptUp(async () => false)).rejects.toThrow('keeps up with no pace');
  });
});
