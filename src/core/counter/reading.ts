/**
 * What a counter says at a time. `value` is the number that a threshold is compared with; 0 when nothing was counted.
 * `isExact` is false only where a bucket at the edge of the window, or a full counter, leaves a doubt.
 */
export type Reading =
  | {
      readonly kind: 'count' | 'sum' | 'distinct' | 'sessions' | 'sequence';
      readonly value: number;
      readonly isExact: boolean;
    }
  | {
      /** `value`: the share of the newest `ofLast` times that were fast, 0 while there are fewer. */
      readonly kind: 'elapsed';
      readonly value: number;
      readonly isExact: boolean;
      /** How many of them were fast. */
      readonly count: number;
      /** The newest time, ms; undefined when none was measured. */
      readonly tookMs: number | undefined;
    }
  | {
      /** `value`: the growth, 0.5 for half as much again; 0 with too few events, or none before. */
      readonly kind: 'trend';
      readonly value: number;
      readonly isExact: boolean;
      /** Events in the window now, and in the one that it is held against. */
      readonly count: number;
      readonly before: number;
    }
  | {
      /** `value`: `part / whole`, 0 with too few of the whole. */
      readonly kind: 'ratio';
      readonly value: number;
      readonly isExact: boolean;
      readonly part: number;
      readonly whole: number;
    }
  | {
      /** `value`: 1 over the days that are left at the present pace; 0 where there is no pace. */
      readonly kind: 'pace';
      readonly value: number;
      readonly isExact: true;
      /** Rounded up; undefined where there is no limit or no rise. */
      readonly daysLeft: number | undefined;
      /** As the newest sample carried them. */
      readonly used: number | undefined;
      readonly limit: number | undefined;
    }
  | {
      /** Seats: `value` members, within the window those who came. Role share: the share, or by how much it rose. */
      readonly kind: 'seats' | 'roleShare';
      readonly value: number;
      readonly isExact: boolean;
      /** Those who are counted now, and all members where a share is measured. */
      readonly count: number;
      readonly members: number;
      /** Role share with a window: the share when it began. */
      readonly before: number;
    }
  | {
      /** `value`: the weeks in which it happened. */
      readonly kind: 'weekly';
      readonly value: number;
      readonly isExact: true;
      /** How many weeks were looked at. */
      readonly weeks: number;
      /** The day on which it always happened, such as `Friday`; undefined when it was not always the same. */
      readonly weekday: string | undefined;
    }
  | {
      readonly kind: 'gauge';
      readonly value: number;
      readonly isExact: true;
      /** As the newest sample carried it. */
      readonly limit: number | undefined;
      /** `value / limit`; undefined without a limit above 0. */
      readonly share: number | undefined;
      /** The period of the limit; undefined before the first sample. */
      readonly period: string | undefined;
      /** Of the newest sample, epoch ms. */
      readonly timeMs: number | undefined;
    }
  | {
      readonly kind: 'first' | 'last';
      /** The remembered value as a number; 0 where it is none; 1 for a counter that remembers only that it happened. */
      readonly value: number;
      readonly isExact: true;
      /** The remembered value as it was sent. */
      readonly said: string | number | undefined;
      /** When it happened, epoch ms; undefined when it did not. */
      readonly timeMs: number | undefined;
    };
