/*
 * The one door of set-up: `npm start`, `npm test` and the others come here, with whatever Node the machine has. Plain
 * JavaScript without packages, because neither the packages nor the Node that strips types may be there yet. This file
 * keeps to syntax that old Nodes can read, so that they reach the sentence below instead of an error of their parser.
 */
const oldest = 20;

if (Number(process.versions.node.split('.')[0]) < oldest) {
  process.stderr.write(
    `motisig: this is Node ${process.versions.node}, and the hub needs Node ${oldest} or newer; install it from https://nodejs.org and try again.\n`,
  );
  process.exitCode = 1;
} else {
  // What it throws is a bug of ours, and Node prints it.
  void import('./command.mjs').then(({ runCommand }) =>
    runCommand(process.argv.slice(2)).then((exitCode) => {
      process.exitCode = exitCode;
    }),
  );
}
