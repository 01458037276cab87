import { type Circumstance, type Context, lasts, type Ticket } from '../core/account/context.ts';
import type { Purchases } from '../core/account/purchases.ts';
import { utc } from '../core/utc.ts';

/** What stands around an account or a person: circumstances that lasted or last, and tickets, newest first. */
export function contextInWords(context: Context): readonly string[] {
  return [
    ...[...context.spans].map(([circumstance, { beganMs, endedMs }]) => {
      const name = circumstancesInWords[circumstance];
      if (lasts(context, circumstance)) {
        return `  context ${name} since ${utc(beganMs)}`;
      }
      return beganMs === 0
        ? `  context ${name}: over since ${utc(endedMs)}, its beginning was never told`
        : `  context ${name} from ${utc(beganMs)} to ${utc(endedMs)}: over`;
    }),
    ...context.tickets.map(ticketInWords),
  ];
}

/** What an account bought, and on which plans it was seen. */
export function purchasesInWords(purchases: Purchases): readonly string[] {
  return [
    ...[...purchases.bought].map(([family, timeMs]) => `  bought  ${family} at ${utc(timeMs)}`),
    ...(purchases.downgradedMs === undefined
      ? []
      : [`  lost    a downgrade or money given back at ${utc(purchases.downgradedMs)}`]),
    ...[...purchases.plansSeen].map(
      ([plan, { firstMs, lastMs }]) =>
        `  on plan ${plan} from ${utc(firstMs)}, last seen ${utc(lastMs)}`,
    ),
  ];
}

/** Cross-sells that wait for their turn, by trigger. */
export function waitingInWords(waiting: ReadonlyMap<string, number>): readonly string[] {
  return [...waiting].map(
    ([trigger, sinceMs]) =>
      `  waiting the cross-sell of ${trigger} since ${utc(sinceMs)}; it is looked at again when its signal comes`,
  );
}

function ticketInWords({ beganMs, endedMs, id, isPriority }: Ticket): string {
  const name = `  ticket  ${id === '' ? '(without an id)' : id}${isPriority ? ', with priority' : ''}`;
  if (beganMs === 0) {
    return `${name}: closed ${utc(endedMs)}, its opening was never told`;
  }
  const end = endedMs > beganMs ? `closed ${utc(endedMs)}` : 'open';
  return `${name}: opened ${utc(beganMs)}, ${end}`;
}

const circumstancesInWords: Readonly<Record<Circumstance, string>> = {
  payment_failed: 'a payment failed',
  cancelling: 'a cancellation is under way',
  incident: 'an incident',
  opted_out: 'no offers are wanted',
  no_email: 'no e-mail may go',
};
