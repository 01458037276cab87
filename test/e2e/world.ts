import { createIntercomConnector } from '../../connectors/intercom/index.ts';
import { decodeAccount } from '../../src/core/account/codec.ts';
import type { AccountState } from '../../src/core/account/state.ts';
import { hourMs } from '../../src/core/duration.ts';
import type { Playbook } from '../../src/core/playbook.ts';
import type { LedgerEntry } from '../../src/core/ports.ts';
import type { SandboxEmail } from '../../src/sandbox/sendgrid-outbox.ts';
import { type RunningHub, startHub } from './running-hub.ts';
import { sendUntilTaken } from './segment-client.ts';

const clientSecret = 'e2e-client-secret-of-intercom';

/** A prompt as a person sees it. */
export interface Shown {
  readonly surface: string;
  readonly userId: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * A hub with both stand-ins, whose clock the test moves. Everything enters and leaves by HTTP: events by the Tracking API,
 * what people do by links and by the vendors' signed webhooks.
 */
export class World implements AsyncDisposable {
  readonly #running: RunningHub;
  readonly #clock: { nowMs: number };
  #sent = 0;

  private constructor(running: RunningHub, clock: { nowMs: number }) {
    this.#running = running;
    this.#clock = clock;
  }

  /** Begins at `startMs`. */
  static async open(playbook: Playbook, startMs: number): Promise<World> {
    const clock = { nowMs: startMs };
    const running = await startHub({
      playbook,
      clock: { nowMs: () => clock.nowMs },
      hasEmail: true,
      // Links lead to the hub itself.
      publicUrl: undefined,
      connectors: [createIntercomConnector({ clientSecret })],
      intercomClientSecret: clientSecret,
    });
    return new World(running, clock);
  }

  get hub(): RunningHub['hub'] {
    return this.#running.hub;
  }

  get nowMs(): number {
    return this.#clock.nowMs;
  }

  /** Lets time pass; what comes due is worked off. */
  async pass(hours: number): Promise<void> {
    this.#clock.nowMs += hours * hourMs;
    await this.#running.drained(30_000);
  }

  /** A user of an account does something now. */
  async did(
    accountId: string,
    userId: string,
    event: string,
    properties: Readonly<Record<string, string | number>> = {},
  ): Promise<void> {
    await this.#send({ type: 'track', event, properties, context: { groupId: accountId } }, userId);
  }

  /** Says who somebody is. */
  async identify(
    accountId: string,
    userId: string,
    traits: Readonly<Record<string, string>>,
  ): Promise<void> {
    await this.#send({ type: 'identify', traits, context: { groupId: accountId } }, userId);
  }

  /** Says what an account is. */
  async group(
    accountId: string,
    userId: string,
    traits: Readonly<Record<string, string>>,
  ): Promise<void> {
    await this.#send({ type: 'group', groupId: accountId, traits }, userId);
  }

  async #send(call: Readonly<Record<string, unknown>>, userId: string): Promise<void> {
    this.#sent += 1;
    const timestamp = new Date(this.nowMs).toISOString();
    const whole = { ...call, messageId: `message-${this.#sent}`, userId, timestamp };
    await sendUntilTaken(this.hub.url, [whole], this.nowMs);
    await this.#running.drained(30_000);
  }

  /** A person does something on the stand-in of Intercom: see, click, open_ticket... */
  async at(userId: string, act: string): Promise<void> {
    const answer = await fetch(`${this.#running.intercom.url}/users/${userId}/do`, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ act }),
    });
    if (answer.status !== 303) {
      throw new Error(`the stand-in of Intercom answered ${answer.status}`);
    }
    await this.#running.drained(30_000);
  }

  /** Presses a button on the page that a link of a prompt opens. */
  async press(link: string | undefined, choice: Readonly<Record<string, string>>): Promise<number> {
    const answer = await fetch(link ?? '', { method: 'POST', body: new URLSearchParams(choice) });
    await answer.text();
    await this.#running.drained(30_000);
    return answer.status;
  }

  /** The in-app prompts of an account, in order. */
  shownTo(accountId: string): readonly Shown[] {
    return this.#running.intercom
      .prompts()
      .filter(({ metadata }) => metadata['account_id'] === accountId)
      .map(({ eventName, externalId, metadata }) => ({
        surface: eventName,
        userId: externalId,
        metadata: Object.fromEntries(
          Object.entries(metadata).map(([key, value]) => [key, String(value)]),
        ),
      }));
  }

  /** The e-mails to an address, in order. */
  mailedTo(email: string): readonly SandboxEmail[] {
    return (this.#running.sendgrid?.emails() ?? []).filter(({ to }) => to.email === email);
  }

  /** The decisions of an account, oldest first. */
  async decisionsOf(accountId: string): Promise<readonly LedgerEntry[]> {
    const ids = await this.hub.ledger.newestOf(accountId);
    const entries = await Promise.all(ids.map((id) => this.hub.ledger.read(id)));
    return entries.filter((entry) => entry !== undefined).toReversed();
  }

  async accountOf(accountId: string): Promise<AccountState> {
    const [loaded] = await this.hub.store.load([
      { unit: { kind: 'account', id: accountId }, members: [], ids: [] },
    ]);
    return decodeAccount(loaded?.bytes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running[Symbol.asyncDispose]();
  }
}
