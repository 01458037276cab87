import type { Path } from './yaml-source.ts';

/** A path of zod as a path of the playbook: YAML has no symbols. */
export function plainPath(path: readonly PropertyKey[]): Path {
  return path.map((step) => (typeof step === 'number' ? step : String(step)));
}
