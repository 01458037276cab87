import type { Path } from './check/yaml-source.ts';
import type { SignalSource, TriggerSource } from './schema.ts';
import { measures, type Measure } from './schema/rules.ts';

/** How a trigger measures, and the signals it measures; undefined when it names none or several ways. */
export function measureOf(trigger: TriggerSource): Measured | undefined {
  const named = measures.flatMap((measure): readonly Measured[] => {
    // Members are no signal: they are known by the section of that name.
    if (measure === 'seats' || measure === 'roleShare') {
      return trigger[measure] === undefined ? [] : [{ measure, signals: [] }];
    }
    const named = trigger[measure];
    return named === undefined ? [] : [{ measure, signals: signalsIn(named) }];
  });
  return named.length === 1 ? named[0] : undefined;
}

/** A way of measuring with its signals. */
export interface Measured {
  readonly measure: Measure;
  readonly signals: readonly NamedSignal[];
}

/** A signal that a trigger names, and where it stands under the name of the measure. */
export interface NamedSignal {
  readonly signal: string;
  readonly at: Path;
}

function signalsIn(
  named:
    | string
    | readonly string[]
    | { readonly from: string; readonly to: string }
    | { readonly part: string; readonly whole: string },
): readonly NamedSignal[] {
  if (typeof named === 'string') {
    return [{ signal: named, at: [] }];
  }
  if ('part' in named) {
    return [
      { signal: named.part, at: ['part'] },
      { signal: named.whole, at: ['whole'] },
    ];
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
  ...['days_left', 'members', 'role'],
  ...['user', 'actor', 'account', 'plan', 'offer', 'when'],
];

/**
 * What copy can quote of a trigger's own measurement, by name. Gauge: `used`, `threshold`, and with a limit `limit`,
 * `percent`, `remaining`. Count and distinct: `count`; sum: `total`; each with `threshold`, and with a window `window`.
 * Sessions: `count`, `threshold`, `window`. Sequence: those and `steps`. Elapsed: `took`,
 * `atMost`, `count`, `ofLast`, `share`, `threshold`, and with a window `window`. Weekly: `count`, `threshold`, `weeks`, `weekday`. Trend:
 * `count`, `before`, `growth`, `against`, `threshold`, `window`. First and last: `value`. Ratio: `count`, `total`, `percent`,
 * `threshold`, `window`. Pace: `used`, `limit`, `percent`, `remaining`, `days_left`, `atMost`; a gauge may know `days_left` too.
 * Seats: `count`, `threshold`, `window`, and `members` or `role`. Role share: `count`, `members`, `percent`, `role`, `threshold`,
 * within a window `before`, `growth`, `window`. Count, sum and distinct against a limit: those of a gauge as well.
 * With `by`: `group`. Then the trigger's quotes. `signal`: the first that it measures; undefined for seats and role share.
 */
export function evidenceNames(
  trigger: TriggerSource,
  signal: SignalSource | undefined,
): readonly string[] {
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
  signal: SignalSource | undefined,
): readonly string[] {
  const limit = ['limit', 'percent', 'remaining'];
  const ofLimit = isShareOfLimit(measure, trigger) ? ['used', ...limit] : [];
  const window = trigger.within === undefined ? [] : ['window'];
  switch (measure) {
    case 'gauge':
      return [
        'used',
        'threshold',
        ...(signal?.limit === undefined ? [] : [...limit, daysLeftName]),
      ];
    case 'count':
    case 'distinct':
      return ['count', 'threshold', ...window, ...ofLimit];
    case 'sessions':
      return ['count', 'threshold', ...window];
    case 'sum':
      return ['total', 'threshold', ...window, ...ofLimit];
    case 'ratio':
      return ['count', 'total', 'percent', 'threshold', ...window];
    case 'pace':
      return ['used', ...limit, daysLeftName, 'atMost'];
    case 'seats':
      return [
        ...['count', 'threshold', ...window],
        trigger.seats?.includes('all') === true ? 'members' : 'role',
      ];
    case 'roleShare':
      return [
        ...['count', 'members', 'percent', 'role', 'threshold', ...window],
        ...(trigger.within === undefined ? [] : ['before', 'growth']),
      ];
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
      return signal?.value === undefined ? [] : ['value'];
    default:
      return measure satisfies never;
  }
}

/** Whether a count, sum or distinct count is held against the limit of its signal: its heights are percentages. */
export function isShareOfLimit(measure: Measure, { atLeast }: TriggerSource): boolean {
  return (
    (measure === 'count' || measure === 'sum' || measure === 'distinct') &&
    atLeast?.some((height) => height.unit === 'share') === true
  );
}

/** Days until a limit at the present pace, as copy quotes them. */
export const daysLeftName = 'days_left';

/**
 * Those of `evidenceNames` that are not always known: `weekday`, where it was not always the same day, and `days_left` of a
 * gauge whose pace is not known.
 */
export function unsureNames(trigger: TriggerSource): readonly string[] {
  return trigger.gauge === undefined ? ['weekday'] : ['weekday', daysLeftName];
}
