/** Something that has to be stopped. */
export interface Stoppable {
  stop(): Promise<void>;
}

/** Stops what was put in, last first, when the block that holds it (`await using`) is left, also by an error. */
export interface Closing extends AsyncDisposable {
  use<T extends Stoppable>(started: T): T;
}

/** One that holds nothing yet. */
export function closing(): Closing {
  const stack = new AsyncDisposableStack();
  return {
    use(started) {
      stack.defer(() => started.stop());
      return started;
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
