/** Runs what was pushed last first, once. */
export function stopper(closing: readonly (() => Promise<void>)[]): () => Promise<void> {
  let stopping: Promise<void> | undefined;
  return () => {
    stopping ??= (async () => {
      for (const close of closing.toReversed()) {
        await close();
      }
    })();
    return stopping;
  };
}
