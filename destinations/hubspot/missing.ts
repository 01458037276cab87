/** Properties that the portal said it does not have. They are tried again after a while, for somebody may restore them. */
export interface Missing {
  has(property: string): boolean;
  add(properties: readonly string[]): void;
}

const forgottenAfterMs = 600_000;

/** Remembers them in this process and tells of each once while it is missing. */
export function createMissing(nowMs: () => number, onTrouble: (sentence: string) => void): Missing {
  const sinceMs = new Map<string, number>();
  return {
    has(property) {
      const since = sinceMs.get(property);
      if (since !== undefined && nowMs() - since >= forgottenAfterMs) {
        sinceMs.delete(property);
        return false;
      }
      return since !== undefined;
    },
    add(properties) {
      for (const property of properties) {
        if (!sinceMs.has(property) && /^\w{1,100}$/u.test(property)) {
          onTrouble(
            `HubSpot has no property ${property}; the rest is written. Run \`motisig hubspot provision\`, or restore it there if it was archived.`,
          );
        }
        sinceMs.set(property, nowMs());
      }
    },
  };
}
