import { Engine, type RuleProperties } from 'json-rules-engine';
import type { Rules, TriggerRule } from '../workload/rules.ts';

/** What the rules are asked about one event: its name, and how often each rule's event happened within its window. */
export interface Facts {
  readonly eventName: string;
  readonly countByRule: ReadonlyMap<string, number>;
}

/** Gives the ids of the rules that hold. */
export type EvaluateRules = (facts: Facts) => Promise<readonly string[]>;

/** All rules in one engine, as the library's own examples do it: conditions on facts that are given with each run. */
export function createRulesEngine(rules: Rules): EvaluateRules {
  const engine = new Engine(rules.triggers.map(toEngineRule), { allowUndefinedFacts: true });
  return async ({ eventName, countByRule }) => {
    const counts = Object.fromEntries(
      [...countByRule].map(([id, count]) => [countFact(id), count]),
    );
    const { events } = await engine.run({ eventName, ...counts });
    return events.map(({ type }) => type);
  };
}

function toEngineRule({ id, counter, threshold }: TriggerRule): RuleProperties {
  return {
    conditions: {
      all: [
        // Looked at first: a rule for another event is done with after one comparison.
        { fact: 'eventName', operator: 'equal', value: counter.eventName, priority: 2 },
        { fact: countFact(id), operator: 'greaterThanInclusive', value: threshold, priority: 1 },
      ],
    },
    event: { type: id },
  };
}

function countFact(ruleId: string): string {
  return `count:${ruleId}`;
}
