/**
 * The names of the values that a failed rendering lacked, as the template writes them, sorted; where the engine names
 * none (a sum that is not a number), all names that the template reads, because any of them may be the cause.
 */
export function missingNames(error: unknown, reads: readonly string[]): readonly string[] {
  const named = new Set<string>();
  collect(error, named);
  const missing = [...named].flatMap((name) => {
    // The engine names the part where it stopped: `user.company` of `user.company.name`.
    const full = reads.filter((read) => read === name || read.startsWith(`${name}.`));
    return full.length === 0 ? [name] : full;
  });
  const names = missing.length > 0 ? missing : reads.length > 0 ? reads : ['text'];
  return [...new Set(names)].toSorted();
}

/** The engine wraps: several errors in one, each around the one that names the value. */
function collect(error: unknown, into: Set<string>): void {
  if (typeof error !== 'object' || error === null) {
    return;
  }
  if ('variableName' in error && typeof error.variableName === 'string') {
    into.add(error.variableName);
  }
  if ('errors' in error && Array.isArray(error.errors)) {
    for (const inner of error.errors) {
      collect(inner, into);
    }
  }
  if ('originalError' in error) {
    collect(error.originalError, into);
  }
}
