import type { Playbook } from '../../src/core/playbook.ts';
import { type SegmentConfig, segmentConfig } from './config.ts';
import { createMapCall } from './map.ts';
import { type Parsed, type ParseOptions, parseBody } from './parse.ts';
import { createVerify, type Headers, type Verification } from './verify.ts';

export type { SegmentConfig } from './config.ts';
export type { Parsed, ParseOptions } from './parse.ts';
export type { Headers, Verification } from './verify.ts';

/**
 * Segment's way in: who may post, and what a body says. Pure: same bytes, same answer, except for
 * the ids of calls that have neither id nor time.
 */
export interface SegmentConnector {
  /** Checks a webhook request on its raw bytes, before anything is parsed. */
  verify(rawBody: Buffer, headers: Headers): Verification;
  /** Makes inputs of the body of any door. Never throws. */
  parse(rawBody: Buffer, options: ParseOptions): Parsed;
}

/**
 * Compiles settings and playbook into the connector. Throws a ZodError that names the field when a
 * setting is wrong.
 */
export function createSegmentConnector(
  config: SegmentConfig,
  playbook: Playbook,
): SegmentConnector {
  const mapCall = createMapCall(playbook);
  return {
    verify: createVerify(segmentConfig.parse(config)),
    parse: (rawBody, options) => parseBody(rawBody, options, mapCall),
  };
}
