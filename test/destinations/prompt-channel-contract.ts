import { afterEach, describe, expect, it, vi } from 'vitest';
import type { PromptChannel } from '../../src/core/ports.ts';
import type { LinkedPrompt } from '../../src/core/prompt/prompt.ts';
import { promptOf } from './prompt-fixture.ts';

/** What the vendor does at the call that shows a prompt, instead of showing it. */
export type VendorPlay =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  | 'reset'
  | 'stall'
  | 'done_then_reset';

/** The vendor as the suite needs it: a stand-in on loopback, so that time-outs and resets are real ones. */
export interface VendorStub {
  /** Played at the next calls that would show a prompt. */
  plays(...plays: readonly VendorPlay[]): void;
  /** How often it was asked to show the prompt, broken calls included. */
  askedFor(decisionId: string): number;
  /** How often a person saw it. */
  shown(decisionId: string): number;
  goesAway(): Promise<void>;
}

export interface ChannelUnderTest {
  readonly channel: PromptChannel;
  readonly vendor: VendorStub;
  /** Strings that may be in no result, error or message to the operator. */
  readonly secrets: readonly string[];
  /** Whether the vendor shows a prompt once however often it is asked; else `reconcile` alone stands against a second one. */
  readonly removesRepetitions: boolean;
  /** What the operator was told. */
  readonly troubles: readonly string[];
  close(): Promise<void>;
}

/** How a channel differs from the best that there is. */
export interface ChannelLimits {
  /** How its prompts differ from the usual one. */
  readonly prompt?: Partial<LinkedPrompt>;
  /**
   * False: the vendor notices no repetition and cannot prove that it does not hold a prompt, so an unanswered one is never
   * called absent, and so never sent again. Default true.
   */
  readonly isRepeatable?: boolean;
}

/** What every prompt channel promises, whoever the vendor is. `timeoutMs` is the channel's own limit per call. */
export function promptChannelContract(
  name: string,
  setup: (timeoutMs: number) => Promise<ChannelUnderTest>,
  limits: ChannelLimits = {},
): void {
  const isRepeatable = limits.isRepeatable ?? true;
  describe(`${name} as a prompt channel`, () => {
    const opened: ChannelUnderTest[] = [];
    const never = new AbortController().signal;
    const prompt = promptOf(limits.prompt);

    async function open(timeoutMs = 10_000): Promise<ChannelUnderTest> {
      const under = await setup(timeoutMs);
      opened.push(under);
      return under;
    }

    afterEach(async () => {
      await Promise.all(opened.splice(0).map((under) => under.close()));
    });

    it('shows a prompt once and says accepted', async () => {
      const { channel, vendor } = await open();
      expect(await channel.deliver(prompt, never)).toMatchObject({ kind: 'accepted' });
      expect(vendor.shown(prompt.decisionId)).toBe(1);
    });

    it.each([429, 503])(
      'calls a %i that names a time unavailable for the whole channel, and passes the time on',
      async (status) => {
        const { channel, vendor } = await open();
        vendor.plays({ status, headers: { 'retry-after': '7' } });
        expect(await channel.deliver(prompt, never)).toEqual({
          kind: 'unavailable',
          retryAfterMs: 7000,
          scope: 'channel',
        });
        expect(await channel.deliver(prompt, never)).toMatchObject({ kind: 'accepted' });
      },
    );

    it.each([500, 502, 503, 504])(
      'calls a bare %i unknown and does not ask again by itself',
      async (status) => {
        const { channel, vendor } = await open();
        vendor.plays({ status });
        expect(await channel.deliver(prompt, never)).toEqual({ kind: 'unknown' });
        expect(vendor.askedFor(prompt.decisionId)).toBe(1);
      },
    );

    it.runIf(isRepeatable)(
      'calls a broken connection unknown, finds the prompt absent, and may then ask again',
      async () => {
        const { channel, vendor } = await open();
        vendor.plays('reset');
        expect(await channel.deliver(prompt, never)).toEqual({ kind: 'unknown' });
        expect(await channel.reconcile(prompt, never)).toBe('absent');
        expect(await channel.deliver(prompt, never)).toMatchObject({ kind: 'accepted' });
        expect(vendor.shown(prompt.decisionId)).toBe(1);
      },
    );

    it.runIf(isRepeatable)('calls a lost answer unknown and finds the prompt present', async () => {
      const { channel, vendor } = await open();
      vendor.plays('done_then_reset');
      expect(await channel.deliver(prompt, never)).toEqual({ kind: 'unknown' });
      expect(await channel.reconcile(prompt, never)).toBe('present');
      expect(vendor.askedFor(prompt.decisionId)).toBe(1);
    });

    it.skipIf(isRepeatable).each(['reset', 'done_then_reset'] as const)(
      'calls a %s unknown, and never absent, because it could not be sent again safely',
      async (play) => {
        const { channel, vendor } = await open();
        vendor.plays(play);
        expect(await channel.deliver(prompt, never)).toEqual({ kind: 'unknown' });
        expect(['present', 'unavailable']).toContain(await channel.reconcile(prompt, never));
        expect(vendor.askedFor(prompt.decisionId)).toBe(1);
      },
    );

    it('calls silence unknown after its own time-out', async () => {
      const { channel, vendor } = await open(1000);
      vendor.plays('stall');
      expect(await channel.deliver(prompt, never)).toEqual({ kind: 'unknown' });
      expect(vendor.askedFor(prompt.decisionId)).toBe(1);
    });

    it('calls a call unknown that the caller gives up while the vendor has it', async () => {
      const { channel, vendor } = await open();
      const caller = new AbortController();
      vendor.plays('stall');
      const delivery = channel.deliver(prompt, caller.signal);
      await vi.waitFor(() => expect(vendor.askedFor(prompt.decisionId)).toBe(1));
      caller.abort(new Error('stopping'));
      expect(await delivery).toEqual({ kind: 'unknown' });
    });

    it('throws the reason when aborted before, and never reaches the vendor', async () => {
      const { channel, vendor } = await open();
      const aborted = AbortSignal.abort(new Error('stopping'));
      await expect(channel.deliver(prompt, aborted)).rejects.toThrow('stopping');
      await expect(channel.reconcile(prompt, aborted)).rejects.toThrow('stopping');
      expect(vendor.askedFor(prompt.decisionId)).toBe(0);
    });

    it.each([400, 422])('calls a %i refused, for ever', async (status) => {
      const { channel, vendor } = await open();
      vendor.plays({ status });
      expect(await channel.deliver(prompt, never)).toEqual({
        kind: 'refused',
        reason: 'invalid_prompt',
      });
    });

    it.each([401, 403])('waits at a %i and tells the operator what to mend', async (status) => {
      const { channel, vendor, troubles } = await open();
      vendor.plays({ status });
      // A token that is no token stops all; what one plan or right does not cover may be this kind of prompt only.
      expect(await channel.deliver(prompt, never)).toMatchObject({
        kind: 'unavailable',
        ...(status === 401 ? { scope: 'channel' } : {}),
      });
      expect(troubles).toHaveLength(1);
    });

    it('calls a vendor that nobody answers for unavailable, because nothing was sent', async () => {
      const { channel, vendor } = await open();
      await channel.deliver(
        promptOf({
          ...limits.prompt,
          decisionId: '07-other',
          decidedMs: 1_793_000_000_000,
          links: promptOf().links,
        }),
        never,
      );
      await vendor.goesAway();
      // A connection that was kept open may break first, which is rightly unknown.
      await vi.waitFor(async () =>
        expect(await channel.deliver(prompt, never)).toMatchObject({ kind: 'unavailable' }),
      );
      expect(await channel.reconcile(prompt, never)).toBe('unavailable');
      expect(vendor.askedFor(prompt.decisionId)).toBe(0);
    });

    it.runIf(isRepeatable)(
      'shows a repeated prompt once, or finds the first present so that nobody repeats it',
      async () => {
        const { channel, vendor, removesRepetitions } = await open();
        const first = await channel.deliver(prompt, never);
        if (removesRepetitions) {
          expect(await channel.deliver(prompt, never)).toEqual(first);
          expect(vendor.askedFor(prompt.decisionId)).toBe(2);
        } else {
          expect(await channel.reconcile(prompt, never)).toBe('present');
          expect(vendor.askedFor(prompt.decisionId)).toBe(1);
        }
        expect(vendor.shown(prompt.decisionId)).toBe(1);
      },
    );

    it('puts no key and no e-mail address in a result or a message, whatever the vendor does', async () => {
      const { channel, vendor, secrets, troubles } = await open();
      const said: unknown[] = [];
      for (const status of [400, 401, 403, 404, 409, 418, 422, 429, 500, 503]) {
        vendor.plays({ status });
        said.push(await channel.deliver(prompt, never));
      }
      vendor.plays('reset');
      said.push(
        await channel.deliver(prompt, never),
        await channel.reconcile(prompt, never),
        troubles,
      );
      await vendor.goesAway();
      said.push(await channel.deliver(prompt, never));
      expect(secrets.length).toBeGreaterThan(1);
      expect(secrets.filter((secret) => JSON.stringify(said).includes(secret))).toEqual([]);
    });
  });
}
