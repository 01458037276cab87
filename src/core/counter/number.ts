// Without thousands separators, units and other bases: "1,204" is 1204 for some and 1.204 for others, so it is nobody's.
const plainNumber = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/iu;

/**
 * The number that a property holds: a number, or a text that is a plain one (`"10"`, `" 2.5 "`, `"1e3"`). Undefined for
 * everything else: NaN, the infinities, blank, null, booleans, `"1,204"`, `"0x10"`, `"10 MB"`. Never minus zero.
 */
export function toNumber(value: string | number | boolean | null | undefined): number | undefined {
  if (typeof value === 'number') {
    return Number.isFinite(value) ? value + 0 : undefined;
  }
  if (typeof value !== 'string') {
    return undefined;
  }
  const text = value.trim();
  return plainNumber.test(text) ? toNumber(Number(text)) : undefined;
}
