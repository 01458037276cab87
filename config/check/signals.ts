import { normalizePath } from '../../src/core/event/name.ts';
import { isSignup, type Catalogue } from '../catalogue.ts';
import { contextSignals } from '../compile/context.ts';
import { measurementsOf } from '../combined.ts';
import { isShareOfLimit } from '../evidence.ts';
import { entryOf, refers, type CheckContext } from './names.ts';
import { didYouMean, listed } from './nearest.ts';
import { isOwnOutcome } from './own-events.ts';
import type { Path } from './yaml-source.ts';

/** Checks what signals and the value moment name: events, properties, limits. */
export function checkSignals(context: CheckContext, catalogue: Catalogue): void {
  const { playbook, report } = context;
  for (const [id, signal] of Object.entries(playbook.signals)) {
    const path = ['signals', id];
    signal.events.forEach((event, at) => {
      if (!catalogue.isKnown(event)) {
        const mend = isOwnOutcome(event)
          ? 'Remove it: the hub itself reports it, and would answer itself'
          : didYouMean(
              event,
              catalogue.names,
              `Add it under events with its properties, such as ${event}: []`,
            );
        report.add([...path, 'events', at], `there is no event ${event}`, mend);
      }
    });
    for (const property of Object.keys(signal.where ?? {})) {
      checkProperty(
        context,
        catalogue,
        signal.events,
        property,
        [...path, 'where', property],
        'key',
      );
    }
    if (signal.value !== undefined) {
      checkProperty(context, catalogue, signal.events, signal.value, [...path, 'value']);
    }
    checkLimit(context, catalogue, id);
    if (!isRead(context, id)) {
      report.warn(
        path,
        'no trigger reads this signal',
        'Remove it, or name it in a trigger',
        'key',
      );
    }
  }
  checkValueMoment(context);
}

/**
 * Checks that one of the events is known to carry the property. Nothing is said where an event itself is unknown: its
 * properties cannot be known either.
 */
export function checkProperty(
  context: CheckContext,
  catalogue: Catalogue,
  events: readonly string[],
  property: string,
  path: Path,
  part: 'key' | 'value' = 'value',
): void {
  const known = catalogue.propertiesOf(events);
  const wanted = normalizePath(property);
  if (!events.every(catalogue.isKnown) || known.some((name) => normalizePath(name) === wanted)) {
    return;
  }
  const otherwise = `Add it under events to the properties of ${events[0] ?? 'the event'} (known: ${listed(known)})`;
  context.report.add(
    path,
    `no event of the signal carries ${property}`,
    didYouMean(property, known, otherwise),
    part,
  );
}

function checkLimit({ playbook, report }: CheckContext, catalogue: Catalogue, id: string): void {
  const signal = entryOf(playbook.signals, id);
  if (signal?.limit === undefined) {
    return;
  }
  const path = ['signals', id, 'limit'];
  const { property, trait, plan, fixed } = signal.limit;
  if ([property, trait, plan, fixed].every((one) => one === undefined)) {
    report.add(
      path,
      'does not say where the limit is found',
      'Write property, trait, plan or fixed, such as { plan: reports }',
    );
  }
  if (signal.value === undefined && !isHeldAgainstLimit({ playbook, report }, id)) {
    const mend = 'Name under value the property that holds the number in use';
    report.add(path, 'there is a limit but no value to hold against it', mend, 'key');
  }
  if (property !== undefined) {
    checkProperty({ playbook, report }, catalogue, signal.events, property, [...path, 'property']);
  }
  const named = Object.values(playbook.plans).flatMap((one) => Object.keys(one.limits));
  if (plan !== undefined && !named.includes(plan) && !report.isBroken(['plans'])) {
    const otherwise = `Add it to the limits of a plan, such as limits: { ${plan}: 10 }`;
    report.add(
      [...path, 'plan'],
      `no plan has a limit ${plan}`,
      didYouMean(plan, new Set(named), otherwise),
    );
  }
}

/** What is counted can be held against a limit without a value of its own. */
function isHeldAgainstLimit({ playbook, report }: CheckContext, id: string): boolean {
  return (
    report.isBroken(['triggers']) ||
    Object.values(playbook.triggers)
      .flatMap(measurementsOf)
      .some((part) => part.signals[0]?.signal === id && isShareOfLimit(part.measure, part.trigger))
  );
}

function checkValueMoment(context: CheckContext): void {
  const { playbook, report } = context;
  const moment = playbook.valueMoment;
  const path = ['valueMoment', 'signal'];
  if (moment === undefined || !refers(context, 'signals', moment.signal, path)) {
    return;
  }
  const signup = entryOf(playbook.signals, moment.signal)?.events.find(isSignup);
  if (signup !== undefined) {
    const mend = 'Name a signal that shows that the account got something done';
    report.add(path, `the value moment cannot be a sign-up (${signup})`, mend);
  }
}

function isRead({ playbook, report }: CheckContext, id: string): boolean {
  // While triggers or the value moment are misshapen, nobody can say that nothing reads it.
  return (
    playbook.valueMoment?.signal === id ||
    contextSignals(playbook).some((named) => named.signal === id) ||
    playbook.guardrails.sequencing.usage === id ||
    report.isBroken(['valueMoment']) ||
    report.isBroken(['context']) ||
    report.isBroken(['guardrails']) ||
    report.isBroken(['triggers']) ||
    report.isBroken(['offers']) ||
    Object.values(playbook.offers).some(({ adoptedBy }) => adoptedBy === id) ||
    Object.values(playbook.triggers).some((trigger) =>
      measurementsOf(trigger).some(({ signals }) => signals.some((named) => named.signal === id)),
    )
  );
}
