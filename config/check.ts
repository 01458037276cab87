import type { Playbook } from '../src/core/playbook.ts';
import { catalogueOf } from './catalogue.ts';
import { checkContext } from './check/context.ts';
import { checkBuyers } from './check/buyers.ts';
import { checkDoubts } from './check/doubts.ts';
import { checkMembers } from './check/members.ts';
import type { CheckContext } from './check/names.ts';
import { checkOffers } from './check/offers.ts';
import { createReport, type Problem } from './check/report.ts';
import { checkShape, type SoundPart } from './check/shape.ts';
import { checkSignals } from './check/signals.ts';
import { checkTriggers } from './check/triggers.ts';
import { readYaml } from './check/yaml-source.ts';
import { compilePlaybook } from './compile.ts';

/** A playbook that may be used, or everything that is wrong with it. */
export type CheckedPlaybook =
  | {
      readonly kind: 'valid';
      readonly playbook: Playbook;
      readonly warnings: readonly Problem[];
    }
  | { readonly kind: 'invalid'; readonly problems: readonly Problem[] };

/**
 * Checks the text of a playbook and compiles it. `file` only names it in problems. Finds every mistake, not only the
 * first: the shape of each field, then what the sound rest means. Problems are sorted by place. Pure; never throws.
 */
export function checkPlaybook(source: string, file: string): CheckedPlaybook {
  const yaml = readYaml(source);
  const report = createReport(file, yaml);
  const faults = yaml.faults.map(({ isFatal: _, ...fault }): Problem => ({ file, ...fault }));
  const isReadable = !yaml.faults.some((fault) => fault.isFatal);
  const sound = isReadable ? checkShape(yaml.value, report) : undefined;
  if (sound !== undefined) {
    checkMeaning({ playbook: sound, report });
  }
  const problems = [...faults, ...report.problems];
  if (problems.length > 0 || !isWhole(sound)) {
    return { kind: 'invalid', problems: problems.toSorted(byPlace) };
  }
  return {
    kind: 'valid',
    playbook: compilePlaybook(sound, source),
    warnings: report.warnings.toSorted(byPlace),
  };
}

function checkMeaning(context: CheckContext): void {
  const { playbook, report } = context;
  const catalogue = catalogueOf(playbook);
  for (const section of ['plans', 'signals', 'triggers', 'offers'] as const) {
    if (Object.keys(playbook[section]).length === 0 && !report.isBroken([section])) {
      report.add(
        [section],
        'is empty, so nothing could ever be offered',
        `Add at least one entry under ${section}`,
        'key',
      );
    }
  }
  checkMembers(context, catalogue);
  checkSignals(context, catalogue);
  checkTriggers(context, catalogue);
  checkOffers(context);
  checkContext(context);
  checkBuyers(context);
  checkDoubts(context);
}

function isWhole(
  sound: SoundPart | undefined,
): sound is SoundPart & { valueMoment: NonNullable<SoundPart['valueMoment']> } {
  return sound?.valueMoment !== undefined;
}

function byPlace(left: Problem, right: Problem): number {
  return (
    left.line - right.line || left.column - right.column || (left.field < right.field ? -1 : 1)
  );
}
