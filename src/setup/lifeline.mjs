/*
 * Loaded before the program that set-up runs. The program has a process group of its own, so whoever kills the group of
 * `npm start` with SIGKILL does not reach it: it ends in order by itself when the process that started it is gone.
 * Processes that the program starts in turn load this too; the process id tells them that it is not meant for them.
 */
if (process.env['MOTISIG_LIFELINE'] === String(process.ppid) && process.connected) {
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  // Listening must not keep the program alive.
  process.channel?.unref();
}
