import type { Path } from './check/yaml-source.ts';
import type { SignalSource, TriggerSource } from './schema.ts';
import { measures, type Measure } from './schema/rules.ts';

/** How a trigger measures, and the signals it measures; undefined when it names none or several ways. */
export function measureOf(
  trigger: TriggerSource,
): { readonly measure: Measure; readonly signals: readonly NamedSignal[] } | undefined {
  const named = measures.flatMap((measure) => {
    const named = trigger[measure];
    return named === undefined ? [] : [{ measure, signals: signalsIn(named) }];
  });
  return named.length === 1 ? named[0] : undefined;
}

/** A signal that a trigger names, and where it stands under the name of the measure. */
export interface NamedSignal {
  readonly signal: string;
  readonly at: Path;
}

function signalsIn(
  named: string | readonly string[] | { readonly from: string; readonly to: string },
): readonly NamedSignal[] {
  if (typeof named === 'string') {
    return [{ signal: named, at: [] }];
  }
  return 'from' in named
    ? [
        { signal: named.from, at: ['from'] },
        { signal: named.to, at: ['to'] },
      ]
    : named.map((signal, at) => ({ signal, at: [at] }));
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
  ...[
    'weeks',
    'weekday',
    'steps',
    'took',
    'atMost',
    'ofLast',
    'share',
    'before',
    'growth',
    'against',
  ],
  ...['user', 'account', 'plan', 'offer', 'when'],
];

/**
 * What copy can quote of a trigger's own measurement, by name. Gauge: `used`, `threshold`, and with a limit `limit`,
 * `percent`, `remaining`. Count and distinct: `count`; sum: `total`; each with `threshold`, and with a window `window`.
 * Sessions: `count`, `threshold`, `window`. Sequence: those and `steps`. Elapsed: `took`,
 * `atMost`, `count`, `ofLast`, `share`, `threshold`, and with a window `window`. Weekly: `count`, `threshold`, `weeks`, `weekday`. Trend:
 * `count`, `before`, `growth`, `against`, `threshold`, `window`. First and last: `value`. With `by`: `group`. Then the trigger's quotes.
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
    case 'sessions':
      return ['count', 'threshold', ...window];
    case 'sum':
      return ['total', 'threshold', ...window];
    case 'sequence':
      return ['count', 'threshold', 'steps', ...window];
    case 'elapsed':
      return ['took', 'atMost', 'count', 'ofLast', 'share', 'threshold', ...window];
    case 'trend':
      return ['count', 'before', 'growth', 'against', 'threshold', ...window];
    case 'weekly':
      return ['count', 'threshold', 'weeks', 'weekday'];
    case 'first':
    case 'last':
      return signal.value === undefined ? [] : ['value'];
    default:
      return measure satisfies never;
  }
}

/** Those of `evidenceNames` that are not always known: `weekday`, where it was not always the same day. */
export const unsureNames: readonly string[] = ['weekday'];
