import { normalizePath } from '../../src/core/event/name.ts';
import type { PlaybookSource, TriggerSource } from '../schema.ts';
import { refers, type CheckContext } from './names.ts';
import { didYouMean, listed } from './nearest.ts';
import type { Path } from './yaml-source.ts';

/** Whose trait a condition reads, or the plan in force. */
export interface ConditionName {
  readonly of: 'plan' | 'user' | 'account';
  /** As written, without `user.` or `account.`; `plan` for the plan. */
  readonly trait: string;
}

/** Reads `plan`, `user.<trait>` or `account.<trait>`; undefined for anything else. */
export function readCondition(name: string): ConditionName | undefined {
  if (name === 'plan') {
    return { of: 'plan', trait: 'plan' };
  }
  const [, of, trait] = /^(user|account)\.(.+)$/u.exec(name) ?? [];
  return trait !== undefined && (of === 'user' || of === 'account') ? { of, trait } : undefined;
}

/** Checks the conditions of a trigger: the traits are kept, the plans exist. */
export function checkConditions(context: CheckContext, trigger: TriggerSource, path: Path): void {
  const { playbook, report } = context;
  for (const [name, test] of Object.entries(trigger.where ?? {})) {
    const at = [...path, 'where', name];
    const condition = readCondition(name);
    if (condition === undefined) {
      const names = conditionNames(playbook.traits);
      const mend = didYouMean(
        name,
        names,
        'Write plan, user.<trait> or account.<trait>; properties are tested by the signal',
      );
      report.add(at, `${name} is nothing that a trigger can test`, mend, 'key');
    } else if (condition.of === 'plan') {
      for (const plan of plansOf(test)) {
        refers(context, 'plans', plan, at);
      }
    } else if (!isKept(playbook.traits, condition) && !report.isBroken(['traits'])) {
      const kept = playbook.traits[condition.of];
      const otherwise = `Add it under traits.${condition.of} (there: ${listed(kept)})`;
      report.add(
        at,
        `the trait ${condition.trait} is not kept`,
        didYouMean(condition.trait, kept, otherwise),
        'key',
      );
    }
  }
}

/** The plans that a condition on the plan allows, lower case; none where it is no list of plans. */
export function plansOf(
  test: NonNullable<TriggerSource['where']>[string] | undefined,
): readonly string[] {
  const values = Array.isArray(test) ? test : [test];
  return values.flatMap((value) => (typeof value === 'string' ? [value.trim().toLowerCase()] : []));
}

function isKept(traits: PlaybookSource['traits'], { of, trait }: ConditionName): boolean {
  return of !== 'plan' && traits[of].some((name) => normalizePath(name) === normalizePath(trait));
}

function conditionNames(traits: PlaybookSource['traits']): readonly string[] {
  return [
    'plan',
    ...traits.user.map((name) => `user.${name}`),
    ...traits.account.map((name) => `account.${name}`),
  ];
}
