import { normalizePath } from '../../src/core/event/name.ts';
import type { Told } from '../../src/core/playbook.ts';
import type { PlaybookSource } from '../schema.ts';

/** What each signal says of circumstances and purchases, by the signal's name. A signal says one thing at most. */
export function compileContext({
  context,
}: Pick<PlaybookSource, 'context'>): ReadonlyMap<string, Told> {
  const tells = new Map<string, Told>();
  const note = (signal: string | undefined, told: Told): void => {
    if (signal !== undefined) {
      tells.set(signal, told);
    }
  };
  const ticket = (what: 'began' | 'ended', source: typeof context.ticketOpened): void =>
    note(source?.signal, {
      kind: 'ticket',
      what,
      id: normalized(source?.id),
      priority: normalized(source?.priority),
    });
  ticket('began', context.ticketOpened);
  ticket('ended', context.ticketClosed);
  for (const [signal, circumstance, what] of [
    [context.paymentFailed, 'payment_failed', 'began'],
    [context.paymentRecovered, 'payment_failed', 'ended'],
    [context.cancelling, 'cancelling', 'began'],
    [context.cancellationWithdrawn, 'cancelling', 'ended'],
    [context.incidentStarted, 'incident', 'began'],
    [context.incidentEnded, 'incident', 'ended'],
    [context.optedOut, 'opted_out', 'began'],
    [context.optedIn, 'opted_out', 'ended'],
  ] as const) {
    const of = circumstance === 'opted_out' ? 'user' : 'account';
    note(signal, { kind: 'circumstance', circumstance, what, of });
  }
  note(context.upgraded, { kind: 'upgraded' });
  note(context.downgraded, { kind: 'downgraded' });
  note(context.addonBought?.signal, {
    kind: 'bought',
    product: normalized(context.addonBought?.product),
  });
  return tells;
}

/** The signals that `context` names, with their places in it. */
export function contextSignals({ context }: Pick<PlaybookSource, 'context'>): readonly {
  readonly field: string;
  readonly signal: string;
}[] {
  return Object.entries(context).flatMap(([field, named]) =>
    named === undefined
      ? []
      : [{ field, signal: typeof named === 'string' ? named : named.signal }],
  );
}

/** The properties that a told signal reads of its event. */
export function propertiesTold(told: Told | undefined): readonly string[] {
  switch (told?.kind) {
    case 'ticket':
      return [told.id, told.priority].flatMap((property) => property ?? []);
    case 'bought':
      return told.product === undefined ? [] : [told.product];
    default:
      return [];
  }
}

function normalized(path: string | undefined): string | undefined {
  return path === undefined ? undefined : normalizePath(path);
}
