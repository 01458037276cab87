import { z } from 'zod';
import { isSafeForSecret } from '../core/vendor-setting.ts';

/** Where outcomes go. */
export interface SegmentOutcomesEnvironment {
  /** Undefined: to the stand-in. */
  readonly writeKey: string | undefined;
  readonly host: string | undefined;
}

/** The variables, each alone. */
export const segmentOutcomesVariables = {
  SEGMENT_OUTCOMES_WRITE_KEY: z
    .string()
    .regex(
      /^[\x21-\x7e]+$/u,
      'must be one word of plain characters; copy the write key again from the source in Segment',
    )
    .optional(),
  SEGMENT_OUTCOMES_HOST: z
    .url({
      protocol: /^https?$/u,
      error:
        'is not an http or https address; give https://api.segment.io or https://events.eu1.segmentapis.com',
    })
    .refine(
      (host) => URL.parse(host)?.pathname === '/',
      'has a path, which is not used; give the host alone, such as https://events.eu1.segmentapis.com',
    )
    .refine(
      isSafeForSecret,
      'must use https, because the write key travels in every request; plain http is only for this machine',
    )
    .optional(),
};

interface Values {
  readonly SEGMENT_OUTCOMES_WRITE_KEY?: string | undefined;
  readonly SEGMENT_OUTCOMES_HOST?: string | undefined;
  readonly SEGMENT_WRITE_KEYS?: readonly string[] | undefined;
}

/** What the variables say. */
export function segmentOutcomesOf(values: Values): SegmentOutcomesEnvironment {
  return { writeKey: values.SEGMENT_OUTCOMES_WRITE_KEY, host: values.SEGMENT_OUTCOMES_HOST };
}

/** Settings that do not fit together, one sentence each. */
export function segmentOutcomesTroubles(values: Values): readonly string[] {
  const { SEGMENT_OUTCOMES_HOST: host, SEGMENT_OUTCOMES_WRITE_KEY: key } = values;
  return [
    ...(host !== undefined && key === undefined
      ? [
          'SEGMENT_OUTCOMES_HOST is set and SEGMENT_OUTCOMES_WRITE_KEY is not, so outcomes go to the stand-in; set the write key as well.',
        ]
      : []),
    ...(key !== undefined && values.SEGMENT_WRITE_KEYS?.includes(key) === true
      ? [
          'SEGMENT_OUTCOMES_WRITE_KEY is also one of SEGMENT_WRITE_KEYS, so one key opens two doors; give outcomes the write key of a source of their own in Segment.',
        ]
      : []),
  ];
}
