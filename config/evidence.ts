import type { SignalSource, TriggerSource } from './schema.ts';
import { measures, type Measure } from './schema/rules.ts';

/** How a trigger measures, and the signal it measures; undefined when it names none or several. */
export function measureOf(
  trigger: TriggerSource,
): { readonly measure: Measure; readonly signal: string } | undefined {
  const named = measures.flatMap((measure) => {
    const signal = trigger[measure];
    return signal === undefined ? [] : [{ measure, signal }];
  });
  return named.length === 1 ? named[0] : undefined;
}

/** Names that a measurement gives to copy; a quote may not take one of them. */
export const ownNames = [
  ...[
    'used',
    'limit',
    'percent',
    'remaining',
    'threshold',
    'count',
    'total',
    'window',
    'value',
    'group',
  ],
  ...['user', 'account', 'plan', 'offer'],
];

/**
 * What copy can quote of a trigger's own measurement, by name. Gauge: `used`, `threshold`, and with a limit `limit`,
 * `percent`, `remaining`. Count and distinct: `count`; sum: `total`; each with `threshold`, and with a window `window`.
 * First and last: `value`. With `by`: `group`. Then the trigger's quotes.
 */
export function evidenceNames(trigger: TriggerSource, signal: SignalSource): readonly string[] {
  const measure = measureOf(trigger)?.measure;
  return [
    ...(measure === undefined ? [] : measured(measure, trigger, signal)),
    ...(trigger.by === undefined ? [] : ['group']),
    ...(trigger.quotes ?? []),
  ];
}

function measured(
  measure: Measure,
  trigger: TriggerSource,
  signal: SignalSource,
): readonly string[] {
  const window = trigger.within === undefined ? [] : ['window'];
  switch (measure) {
    case 'gauge':
      return [
        'used',
        'threshold',
        ...(signal.limit === undefined ? [] : ['limit', 'percent', 'remaining']),
      ];
    case 'count':
    case 'distinct':
      return ['count', 'threshold', ...window];
    case 'sum':
      return ['total', 'threshold', ...window];
    case 'first':
    case 'last':
      return signal.value === undefined ? [] : ['value'];
    default:
      return measure satisfies never;
  }
}
