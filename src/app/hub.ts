import type { Logger } from 'pino';
import type {
  Clock,
  FeedbackConnector,
  FeedbackPoll,
  Ledger,
  OutcomeSink,
  PromptChannel,
  StateStore,
} from '../core/ports.ts';
import type { Playbook } from '../core/playbook.ts';
import type { Metrics } from '../metrics.ts';
import type { RedisTarget } from '../store/connection.ts';
import type { ControlStore } from '../store/controls.ts';
import type { Quarantine } from '../store/quarantine.ts';
import type { Durability } from '../store/server-check.ts';
import type { HubCrm } from './crm.ts';
/** All that a hub is told. Nothing is read from the environment here. */
export interface HubSettings {
  /** `api` takes events in, `worker` processes them and delivers, `all` does both. */
  readonly role: 'all' | 'api' | 'worker';
  readonly redis: RedisTarget;
  readonly durability: Durability;
  /** 1 to 16; the same for every process of one installation. */
  readonly lanes: number;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly mode: 'live' | 'shadow';
  readonly playbook: Playbook;
  readonly secrets: {
    readonly sharedSecret: string;
    readonly bearerToken: string;
    readonly writeKeys: readonly string[];
    readonly adminToken: string;
    readonly linkSecret: string;
    /** Signs the calls of the playbook's upgrade webhook; undefined where it has none. */
    readonly upgradeWebhookSecret?: string | undefined;
  };
  /** Where people and vendors reach the hub, for links and signatures. Undefined: where it listens. */
  readonly publicUrl: string | undefined;
  readonly channels: readonly PromptChannel[];
  /** The vendors whose reports are taken. Default: none. */
  readonly connectors?: readonly FeedbackConnector[];
  /** The vendors who are asked for what their webhooks may have failed to bring. Default: none. */
  readonly polls?: readonly FeedbackPoll[];
  /** From one round of the polls to the next. Default: two minutes. */
  readonly pollEveryMs?: number;
  /** Where outcomes are reported. Default: nowhere. */
  readonly outcomes?: OutcomeSink | undefined;
  /** Where sales looks; undefined: nowhere. In shadow mode nothing is written there. */
  readonly crm?: HubCrm;
  readonly clock: Clock;
  readonly log: Logger;
  /** Wraps the store, for those who watch what is committed. Default: as it is. */
  readonly watchStore?: (store: StateStore) => StateStore;
}

/** A hub that runs. */
export interface Hub {
  /** Where its HTTP doors are. */
  readonly url: string;
  readonly metrics: Metrics;
  readonly store: StateStore;
  readonly ledger: Ledger;
  readonly quarantine: Quarantine;
  readonly controls: ControlStore;
  /** What waits anywhere; 0 when all that came in has been worked off, and no restart of Redis may have lost any of it. */
  backlog(): Promise<number>;
  /** Finishes what was begun, at most 10 s, and lets go of everything. May be called again. */
  stop(): Promise<void>;
}
