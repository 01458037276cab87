import { toNumber } from '../counter/number.ts';
import type { Scalar } from '../event/event.ts';
import type { PropertyTest } from '../playbook.ts';

/** Whether a value (undefined: not there) passes a test of the playbook. Strings compare without case, `"10"` equals 10. */
export function passes(test: PropertyTest, value: Scalar | undefined): boolean {
  switch (test.test) {
    case 'exists':
      return (value !== undefined && value !== '') === test.value;
    case 'is_one_of':
      return (
        value !== undefined &&
        test.values.some((wanted) => comparable(wanted) === comparable(value))
      );
    case 'at_least':
    case 'at_most': {
      const number = toNumber(value);
      if (number === undefined) {
        return false;
      }
      return test.test === 'at_least' ? number >= test.value : number <= test.value;
    }
    default:
      return test satisfies never;
  }
}

function comparable(value: Scalar): string {
  return String(value).trim().toLowerCase();
}
