import { z } from 'zod';
import { hourMs } from '../../src/core/duration.ts';
import { duration, Id, PropertyPath } from './quantity.ts';

function told(what: string) {
  return Id.optional().meta({ description: `the signal that says ${what}` });
}

const Ticket = z
  .union([
    Id.transform((signal) => ({ signal, id: undefined, priority: undefined })),
    z.strictObject({
      signal: Id.meta({ description: 'the signal of the ticket' }),
      id: PropertyPath.optional().meta({ description: "the property that holds the ticket's id" }),
      priority: PropertyPath.optional().meta({
        description: 'the property that is true, high or urgent for a ticket with priority',
      }),
    }),
  ])
  .optional();

/** What events say of circumstances in which nothing is offered, and of purchases. */
export const Context = z
  .strictObject({
    ticketOpened: Ticket.meta({
      description: 'a support ticket was opened: a signal, or { signal, id, priority }',
    }),
    ticketClosed: Ticket.meta({
      description: 'a support ticket was closed: a signal, or { signal, id }',
    }),
    paymentFailed: told('that a payment failed'),
    paymentRecovered: told('that a failed payment went through'),
    cancelling: told('that a cancellation is under way'),
    cancellationWithdrawn: told('that the customer stays after all'),
    incidentStarted: told('that the product does not work well for the account'),
    incidentEnded: told('that the incident is over'),
    optedOut: told('that the person wants no offers'),
    optedIn: told('that the person wants offers again'),
    upgraded: told('that the account moved to a bigger plan'),
    downgraded: told('that the account moved to a smaller plan, or got its money back'),
    addonBought: z
      .union([
        Id.transform((signal) => ({ signal, product: undefined })),
        z.strictObject({
          signal: Id.meta({ description: 'the signal of the purchase' }),
          product: PropertyPath.meta({
            description: 'the property that names the add-on, as an offer is named',
          }),
        }),
      ])
      .optional()
      .meta({ description: 'an add-on was bought: a signal, or { signal, product }' }),
    errors: z
      .strictObject({
        signal: Id.meta({ description: 'the signal of an error that the person met' }),
        atLeast: z
          .int()
          .min(1)
          .max(64)
          .default(3)
          .meta({ description: 'a whole number of errors from 1 to 64' }),
        within: duration('the time in which they happen', undefined, hourMs).prefault('10m'),
      })
      .optional()
      .meta({
        description:
          'nothing is offered while the person keeps meeting errors: { signal, atLeast, within }',
      }),
  })
  .prefault({})
  .meta({
    description:
      'what events say of tickets, payments, cancellations, incidents, opt-outs, purchases and errors',
  });
