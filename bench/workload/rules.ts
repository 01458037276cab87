/** One thing that is counted per account over a sliding window. */
export interface CounterRule {
  readonly signal: string;
  readonly eventName: string;
  readonly windowDays: number;
}

/** One trigger: this counter reaches this height. */
export interface TriggerRule {
  readonly id: string;
  readonly counter: CounterRule;
  readonly threshold: number;
}

/** What both builds are told to watch for. Everything else (playbook, engine rules) is made of it. */
export interface Rules {
  readonly counters: readonly CounterRule[];
  readonly triggers: readonly TriggerRule[];
  /** No prompt before the first counter's event happened so often in the account. */
  readonly valueAtLeast: number;
}

/** The six counters of every benchmark: two windows of a day, of a week, of 30 days. */
export const counters: readonly CounterRule[] = [
  { signal: 'reports', eventName: 'Report Created', windowDays: 1 },
  { signal: 'exports', eventName: 'Report Exported', windowDays: 1 },
  { signal: 'invites', eventName: 'Teammate Invited', windowDays: 7 },
  { signal: 'dashboards', eventName: 'Dashboard Shared', windowDays: 7 },
  { signal: 'automations', eventName: 'Automation Run', windowDays: 30 },
  { signal: 'integrations', eventName: 'Integration Used', windowDays: 30 },
];

/** Heights that accounts of the streams reach now and then. */
const reachable = [7, 9, 11, 13];
/** Heights that they never reach, within what the hub still counts event by event. */
const unreachableFrom = 31;
const unreachableTo = 64;

/**
 * Triggers over the six counters, of which the first `withinReach` (20 at most) can fire. The others are too high for the
 * streams, so that 1,000 triggers fire as often as 10 and a comparison is about having them, not about deciding.
 */
export function createRules(settings: {
  readonly triggers: number;
  readonly withinReach?: number;
  readonly valueAtLeast?: number;
}): Rules {
  const { withinReach = 20, valueAtLeast = 9 } = settings;
  const triggers = Array.from({ length: settings.triggers }, (_, at): TriggerRule => {
    const counter = counters[at % counters.length] ?? neverEmpty();
    const step = Math.floor(at / counters.length);
    const high = unreachableFrom + (step % (unreachableTo - unreachableFrom + 1));
    const threshold = at < withinReach ? (reachable[step] ?? high) : high;
    return { id: `${counter.signal}-${at}`, counter, threshold };
  });
  return { counters, triggers, valueAtLeast };
}

function neverEmpty(): never {
  throw new Error('There is no counter to make triggers of.');
}
