/** Tells what the set-up is doing, on stderr: stdout belongs to the command. */
export function say(sentence) {
  process.stderr.write(`${sentence}\n`);
}

/** Ends the process with one sentence. */
export function stopWith(sentence, exitCode = 1) {
  say(`motisig: ${sentence}`);
  process.exit(exitCode);
}
