import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  circumstances,
  type Context,
  lasts,
  noContext,
  openPriorityTicket,
  packContext,
  unpackContext,
  withCircumstance,
  withTicket,
} from '../../../src/core/account/context.ts';
import { PackedReader, PackedWriter } from '../../../src/core/packed.ts';

type Step = (context: Context) => Context;

const timeMs = fc.integer({ min: 1, max: 60 });
const what = fc.constantFrom('began' as const, 'ended' as const);
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ circumstance: fc.constantFrom(...circumstances), what, timeMs }).map(
    (one): Step =>
      (context) =>
        withCircumstance(context, one.circumstance, one.what, one.timeMs),
  ),
  fc.record({ id: fc.constantFrom('a', 'b', ''), isPriority: fc.boolean(), what, timeMs }).map(
    (one): Step =>
      (context) =>
        withTicket(context, one, one.what, one.timeMs),
  ),
);

function packed(context: Context): string {
  const writer = new PackedWriter();
  packContext(writer, context);
  return Buffer.from(writer.finish()).toString('hex');
}

describe('what stands around an account', () => {
  it('is the same in any order and with any repetition of what was told', () => {
    fc.assert(
      fc.property(
        fc.array(anyStep, { maxLength: 12 }).chain((steps) =>
          fc.record({
            steps: fc.constant(steps),
            order: fc.shuffledSubarray(steps, { minLength: steps.length }),
          }),
        ),
        ({ steps, order }) => {
          const straight = steps.reduce((context, step) => step(context), noContext);
          const mixed = [...order, ...order].reduce((context, step) => step(context), noContext);
          expect(packed(mixed)).toBe(packed(straight));
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('is the same after packing', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 12 }), (steps) => {
        const all = steps.reduce((context, step) => step(context), noContext);
        const bytes = Buffer.from(packed(all), 'hex');
        expect(packed(unpackContext(new PackedReader(bytes)))).toBe(packed(all));
      }),
    );
  });

  it('lasts from its beginning to its end, and while both are the same moment', () => {
    const began = withCircumstance(noContext, 'incident', 'began', 5);
    expect(lasts(began, 'incident')).toBe(true);
    expect(lasts(withCircumstance(began, 'incident', 'ended', 5), 'incident')).toBe(true);
    expect(lasts(withCircumstance(began, 'incident', 'ended', 6), 'incident')).toBe(false);
    expect(lasts(began, 'cancelling')).toBe(false);
  });

  it('knows the newest opening of any ticket after the ticket was closed', () => {
    const opened = withTicket(noContext, { id: 't', isPriority: true }, 'began', 5);
    const closed = withTicket(opened, { id: 't', isPriority: false }, 'ended', 9);
    expect(closed.newestTicketMs).toBe(5);
    expect(openPriorityTicket(opened)?.id).toBe('t');
    expect(openPriorityTicket(closed)).toBeUndefined();
  });

  it('is no open ticket when only a closing was told', () => {
    const closed = withTicket(noContext, { id: 't', isPriority: true }, 'ended', 9);
    expect(openPriorityTicket(closed)).toBeUndefined();
    expect(closed.newestTicketMs).toBeUndefined();
  });

  it('keeps at most 16 tickets, those opened last', () => {
    const many = Array.from({ length: 40 }, (_, at) => at + 1).reduce(
      (context, at) => withTicket(context, { id: `t${at}`, isPriority: true }, 'began', at),
      noContext,
    );
    expect(many.tickets).toHaveLength(16);
    expect(many.tickets[0]?.id).toBe('t40');
  });
});
