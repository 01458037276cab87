import type { Playbook } from './core/playbook.ts';
import type { Clock } from './core/ports.ts';
import type { ControlStore, SwitchTarget } from './store/controls.ts';

/** What came of an operator's wish, in one sentence. `wrong`: nothing was changed, and the sentence says the mend. */
export interface Switched {
  readonly kind: 'done' | 'wrong';
  readonly message: string;
}

/** The operator's switches: stop everything or one offer, and take that back. The same for the command line and HTTP. */
export interface Switchboard {
  /** `offerId` undefined: everything. `why` is told wherever a prompt is refused for it. */
  stop(offerId: string | undefined, why: string): Promise<Switched>;
  resume(offerId: string | undefined): Promise<Switched>;
  /** What is stopped, and which budgets are spent. */
  read(): Promise<SwitchesRead>;
}

/** What is switched off now. */
export interface SwitchesRead {
  /** Why nothing goes out; undefined: it may. */
  readonly paused: string | undefined;
  /** Why an offer does not go out, by its id. */
  readonly stopped: Readonly<Record<string, string>>;
  /** Offers whose budget is spent. */
  readonly spent: readonly string[];
}

/** Longest reason: it is told in every decision that it refuses. */
export const whyCharsMax = 200;

/** The switches over the control store. Every call throws `store_unreachable` when Redis does not answer. */
export function createSwitchboard(
  controls: Pick<ControlStore, 'stop' | 'resume' | 'read'>,
  { offers }: Pick<Playbook, 'offers'>,
  clock: Clock,
): Switchboard {
  const isStopped = async (offerId: string): Promise<boolean> =>
    (await controls.read([], clock.nowMs())).stopped.has(offerId);

  return {
    async stop(offerId, why) {
      const reason = why.trim();
      if (reason === '' || reason.length > whyCharsMax || /\p{Cc}/u.test(reason)) {
        return wrong(
          `The reason must be one line of 1 to ${whyCharsMax} characters; say why it is stopped.`,
        );
      }
      if (offerId !== undefined && !offers.has(offerId)) {
        return wrong(unknownOffer(offerId, offers));
      }
      await controls.stop(targetOf(offerId), reason);
      return done(
        offerId === undefined
          ? `Everything is stopped (${reason}): no prompt leaves any more. Events are taken and counted as before.`
          : `The offer ${offerId} is stopped (${reason}): no prompt of it leaves any more.`,
      );
    },

    async resume(offerId) {
      // An offer that was taken out of the playbook while it was stopped can be resumed all the same.
      if (offerId !== undefined && !offers.has(offerId) && !(await isStopped(offerId))) {
        return wrong(unknownOffer(offerId, offers));
      }
      const what = offerId === undefined ? 'Everything' : `The offer ${offerId}`;
      const wasStopped = await controls.resume(targetOf(offerId));
      const held = Object.entries(stoppedOf(await controls.read([], clock.nowMs())));
      const others = held.length === 0 ? '' : ` Still stopped: ${held.map(inOneLine).join(', ')}.`;
      return done(
        (wasStopped
          ? `${what} may go out again, from the next moment on; prompts that were refused meanwhile are not made up for.`
          : `${what} was not stopped, so nothing has changed.`) + others,
      );
    },

    async read() {
      const controlsNow = await controls.read(offers.values(), clock.nowMs());
      return {
        paused: controlsNow.paused,
        stopped: Object.fromEntries(controlsNow.stopped),
        spent: [...controlsNow.spent],
      };
    },
  };
}

function targetOf(offerId: string | undefined): SwitchTarget {
  return offerId === undefined ? 'everything' : { offerId };
}

function stoppedOf(read: {
  readonly paused: string | undefined;
  readonly stopped: ReadonlyMap<string, string>;
}): Readonly<Record<string, string>> {
  return {
    ...(read.paused === undefined ? {} : { everything: read.paused }),
    ...Object.fromEntries(read.stopped),
  };
}

function inOneLine([what, why]: readonly [string, string]): string {
  return `${what} (${why})`;
}

function unknownOffer(offerId: string, offers: Playbook['offers']): string {
  const known = [...offers.keys()].join(', ');
  return `The playbook has no offer ${JSON.stringify(offerId.slice(0, 100))}; its offers are ${known}.`;
}

function done(message: string): Switched {
  return { kind: 'done', message };
}

function wrong(message: string): Switched {
  return { kind: 'wrong', message };
}
