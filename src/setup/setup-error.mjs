/** The set-up cannot go on. The message is one sentence for the person at the keyboard: what, where, and the mend. */
export class SetupError extends Error {
  name = 'SetupError';
}
