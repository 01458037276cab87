import fc from 'fast-check';
import { allOn } from '../../src/core/controls.ts';
import { describe, expect, it } from 'vitest';
import { createDryRun } from '../../src/replay/dry-run.ts';
import { event, noon, run } from '../core/account/world.ts';
import { playbook } from './busy-work.ts';

const rules = { playbook, mode: 'live', controls: allOn } as const;

describe('a hub in memory', () => {
  it('decides what the hub decides, whoever is spoken to and however often an event is repeated', () => {
    const told = fc.record({
      call: fc.constantFrom('track' as const, 'track' as const, 'identify' as const),
      userId: fc.constantFrom('lena', 'ana', 'sam'),
      role: fc.constantFrom('owner', 'viewer'),
    });
    fc.assert(
      fc.property(fc.array(told, { maxLength: 20 }), (all) => {
        const inputs = all.map(({ call, userId, role }, at) =>
          event({
            id: `m${at}`,
            call,
            ...(call === 'track' ? { name: 'Work Done' } : { traits: { role } }),
            userId,
            timeMs: noon + at,
          }),
        );
        const dry = createDryRun(() => rules);
        const lived = [...inputs, ...inputs].flatMap(
          (input) => dry.take(input, input.event.timeMs).decisions,
        );
        expect(lived).toEqual(run(inputs, rules).decisions);
      }),
    );
  });

  it('brings an event that names no account to the one account of its user', () => {
    const dry = createDryRun(() => rules);
    const work = (id: string, accountId: string | undefined) => {
      const input = event({ id, name: 'Work Done' });
      return { ...input, event: { ...input.event, accountId } };
    };
    const inputs = [work('a', undefined), work('b', 'acme'), work('c', undefined)];
    const decisions = inputs.flatMap((input) => dry.take(input, noon).decisions);
    expect(decisions).toMatchObject([{ accountId: 'acme', fired: [{ evidence: { count: 3 } }] }]);
  });
});
