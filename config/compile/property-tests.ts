import type { z } from 'zod';
import { normalizePath } from '../../src/core/event/name.ts';
import type { PropertyTest } from '../../src/core/playbook.ts';
import type { Test } from '../schema/quantity.ts';

/** The tests that a playbook writes as a value, a list of values, or `{ atLeast, atMost, exists }`. */
export function propertyTests(path: string, test: z.output<typeof Test>): readonly PropertyTest[] {
  const property = normalizePath(path);
  if (typeof test !== 'object') {
    return [{ property, test: 'is_one_of', values: [test] }];
  }
  if (Array.isArray(test)) {
    return [{ property, test: 'is_one_of', values: test }];
  }
  const { atLeast, atMost, exists } = test;
  const tests: PropertyTest[] = [];
  if (atLeast !== undefined) {
    tests.push({ property, test: 'at_least', value: atLeast });
  }
  if (atMost !== undefined) {
    tests.push({ property, test: 'at_most', value: atMost });
  }
  if (exists !== undefined) {
    tests.push({ property, test: 'exists', value: exists });
  }
  return tests;
}
