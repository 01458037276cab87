import { hash32 } from '../hash.ts';
import { type ExpansionName, expansionNames, type ExpansionValues, noisyNames } from './values.ts';

/*
 * Fingerprints of values: eight hex digits for each name, behind eight for the list of names. What was written is
 * remembered so, in 192 characters, and a change is found without keeping the words.
 */

const width = 8;
const header = hex(hash32(expansionNames.join()));
/** Of a value that the CRM had no place for: no value has it, so it is written again with the next change. */
const leftOutPrint = '.'.repeat(width);

/** The fingerprints of values that the CRM has now, but for those it left out. */
export function printsOf(values: ExpansionValues, leftOut: readonly ExpansionName[] = []): string {
  return (
    header +
    expansionNames
      .map((name) => (leftOut.includes(name) ? leftOutPrint : printOf(values[name])))
      .join('')
  );
}

/**
 * The names whose values are not what the fingerprints say; all of them when there are none, or they are of another list.
 * `isNoise`: only numbers moved that move with every event.
 */
export function changedNames(
  values: ExpansionValues,
  prints: string | undefined,
): { readonly names: readonly ExpansionName[]; readonly isNoise: boolean } {
  if (prints?.startsWith(header) !== true) {
    return { names: expansionNames, isNoise: false };
  }
  const changed = expansionNames.filter((name, at) => {
    const start = (at + 1) * width;
    return prints.slice(start, start + width) !== printOf(values[name]);
  });
  const names = changed.filter((name) => {
    const start = (expansionNames.indexOf(name) + 1) * width;
    return prints.slice(start, start + width) !== leftOutPrint;
  });
  // What was left out alone is no reason to write, and goes along when there is one.
  return {
    names: names.length === 0 ? [] : changed,
    isNoise: names.every((name) => noisyNames.has(name)),
  };
}

function printOf(value: string | number | undefined): string {
  return hex(value === undefined ? 0 : hash32(`${typeof value}:${value}`));
}

function hex(hash: number): string {
  return hash.toString(16).padStart(width, '0');
}
