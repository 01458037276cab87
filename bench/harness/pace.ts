/** The first pace that is tried, per second. */
const firstTried = 500;
/** The search ends when the pace that is kept up and the one that is not are so near to each other. */
const nearness = 1.1;
const triesMax = 2;

/**
 * The highest even pace that is kept up, found by doubling and then halving the gap. `keepsUp` tries one pace. A pace is
 * given up only after the second failure, because something else on the machine may spoil one try. Throws when even a
 * very low pace is too much.
 */
export async function highestKeptUp(
  keepsUp: (perSecond: number) => Promise<boolean>,
): Promise<number> {
  const isKept = async (perSecond: number): Promise<boolean> => {
    for (let attempt = 0; attempt < triesMax; attempt += 1) {
      if (await keepsUp(perSecond)) {
        return true;
      }
    }
    return false;
  };
  let low = 0;
  let high = firstTried;
  while (await isKept(high)) {
    low = high;
    high *= 2;
  }
  while (high > low * nearness) {
    if (high <= 1) {
      throw new Error('The hub keeps up with no pace at all, not even with one event per second.');
    }
    const middle = Math.floor((low + high) / 2);
    if (await isKept(middle)) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return low;
}
