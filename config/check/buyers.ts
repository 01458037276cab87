import type { CheckContext } from './names.ts';

/** Checks who may buy: that somebody else than the user who acted can be spoken to at all, and that words for it are used. */
export function checkBuyers({ playbook, report }: CheckContext): void {
  if (playbook.buyers === undefined) {
    for (const [id, { askAdmin }] of Object.entries(playbook.offers)) {
      if (askAdmin !== undefined && !report.isBroken(['buyers'])) {
        const mend = 'Say who may buy, such as buyers: { trait: role, values: [owner, admin] }';
        report.add(
          ['offers', id, 'askAdmin'],
          'is never said, because without buyers whoever acts may buy',
          mend,
          'key',
        );
      }
    }
    return;
  }
  const isAlone = playbook.plan.from === 'user' || playbook.account.whenMissing === 'user';
  if (isAlone && !report.isBroken(['plan']) && !report.isBroken(['account'])) {
    const message = 'means nothing where users buy for themselves';
    const mend = 'Remove it, or read the plan from the account and let events wait for theirs';
    report.add(['buyers'], message, mend, 'key');
  }
}
