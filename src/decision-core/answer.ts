/** One line out: whatever was asked, or the error. Never holds a number that is not finite. */
export type Answer = Readonly<Record<string, unknown>>;

/** An answer without what is undefined, refused where a number would not be finite: nobody reads NaN as a result. */
export function finiteAnswer(answer: Answer): Answer {
  const wrong = firstNotFinite(answer, '');
  return wrong === undefined
    ? answer
    : { error: `${wrong.slice(1)} would not be a finite number: the inputs are too extreme` };
}

function firstNotFinite(value: unknown, path: string): string | undefined {
  if (typeof value === 'number') {
    return Number.isFinite(value) ? undefined : path;
  }
  if (typeof value !== 'object' || value === null) {
    return undefined;
  }
  for (const [key, inner] of Object.entries(value)) {
    const found = firstNotFinite(inner, `${path}.${key}`);
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}
