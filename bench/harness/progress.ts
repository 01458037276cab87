/** Where the run says what it is doing. */
export interface Progress {
  show(what: string): void;
  clear(): void;
}

/** One line that is written over, on a terminal; otherwise one line per benchmark, so that a log stays short. */
export function createProgress(stream: NodeJS.WriteStream, benchmark: string): Progress {
  const isTerminal = stream.isTTY;
  if (!isTerminal) {
    stream.write(`${benchmark} ...\n`);
  }
  return {
    show(what) {
      if (isTerminal) {
        stream.write(`\r\u001b[K${benchmark}: ${what}`);
      }
    },
    clear() {
      if (isTerminal) {
        stream.write('\r\u001b[K');
      }
    },
  };
}
