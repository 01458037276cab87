import type { SoundPart } from './shape.ts';
import type { Report } from './report.ts';
import { didYouMean, listed } from './nearest.ts';
import type { Path } from './yaml-source.ts';

/** Everything a check of meaning looks at. */
export interface CheckContext {
  readonly playbook: SoundPart;
  readonly report: Report;
}

/** A map section, entries whose ids others refer to. */
type Section = 'signals' | 'offers' | 'plans';

const nouns = { signals: 'signal', offers: 'offer', plans: 'plan' } as const;

/** Whether the id exists, even if it is misshapen. Reports it, at `path`, where it does not. */
export function refers(context: CheckContext, section: Section, id: string, path: Path): boolean {
  const { playbook, report } = context;
  if (Object.hasOwn(playbook[section], id) || report.isBroken([section, id])) {
    return true;
  }
  const ids = Object.keys(playbook[section]);
  const otherwise = `Add it under ${section} (there: ${listed(ids)})`;
  report.add(path, `there is no ${nouns[section]} ${id}`, didYouMean(id, ids, otherwise));
  return false;
}

/** The entry of a map under a name of the customer's: own keys only. */
export function entryOf<Value>(
  map: Readonly<Record<string, Value>>,
  id: string,
): Value | undefined {
  return Object.hasOwn(map, id) ? map[id] : undefined;
}
