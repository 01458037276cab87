import type { Event, EventCall, Scalar } from '../../src/core/event/event.ts';
import type { Input } from '../../src/core/input.ts';
import type { Playbook } from '../../src/core/playbook.ts';
import { createAccountOf } from './account.ts';
import { type Call, isFields } from './call.ts';
import { idOrNone, toId, unusable } from './id.ts';
import { createKeptOf, cutText, nothingKept, pick } from './kept.ts';
import { toMessageId } from './message-id.ts';
import { toNameTree } from './name-tree.ts';
import { toEpochMs } from './time.ts';
import type { WrongCall } from './wrong.ts';

const dayMs = 86_400_000;
/**
 * Less than this between a client's clock and ours is the network, not a wrong clock (vendors:
 * Segment 5.3).
 */
const skewMinMs = 60_000;
/**
 * The mark of the outcomes that this hub reports to Segment: name of the integration and start of
 * every message id.
 */
const ownName = 'motisig';
const ownPrefix = `${ownName}-`;

/** How a call came in: when, and the sender's clock where it is to be corrected by it. */
export interface Arrival {
  readonly receivedMs: number;
  /** The request came from the client itself, so nobody has corrected its clock yet. */
  readonly correctsClock: boolean;
  /** `sentAt` of the batch, for calls that have none. */
  readonly batchSentAt: unknown;
}

/**
 * What a call became. `ignored`: nothing is wrong and nothing is to be done, such as our own
 * outcome coming back.
 */
export type Mapped =
  | { readonly kind: 'input'; readonly input: Input }
  | { readonly kind: 'wrong'; readonly reason: WrongCall }
  | { readonly kind: 'ignored' };

/** Makes one Input of one Segment call. */
export type MapCall = (call: Call, arrival: Arrival) => Mapped;

const ignored: Mapped = { kind: 'ignored' };

/**
 * Compiles the playbook's account paths, kept properties and traits into the function that every
 * call passes. Straight code without a schema library: it has about a microsecond per event.
 */
export function createMapCall(playbook: Playbook): MapCall {
  const accountOf = createAccountOf(playbook.account);
  const keptOf = createKeptOf(playbook.keptProperties);
  const userTraits = toNameTree(playbook.traits.user.map((trait) => trait.split('.')));
  const accountTraits = toNameTree(playbook.traits.account.map((trait) => trait.split('.')));
  const userIsAccount = playbook.account.whenMissing === 'user';

  return (call, arrival) => {
    if (isOwnOutcome(call)) {
      return ignored;
    }
    const userId = toId(call.userId);
    if (userId === unusable) {
      return wrong('user_id_unusable');
    }
    switch (call.type) {
      case 'track':
      case 'page':
      case 'screen':
      case 'identify':
      case 'group':
        return mapEvent(call, call.type, userId, arrival);
      case 'alias':
        return mapAlias(call, userId, arrival);
      case 'delete':
        return userId === undefined
          ? wrong('delete_without_user_id')
          : {
              kind: 'input',
              input: { ...stampOf(call, sentTimeOf(call), arrival), kind: 'erasure', userId },
            };
      default:
        return wrong('unknown_type');
    }
  };

  function mapEvent(
    call: Call,
    type: EventCall,
    userId: string | undefined,
    arrival: Arrival,
  ): Mapped {
    // An unusable anonymousId beside a good userId is no reason to lose what the user did.
    const anonymousId = idOrNone(call.anonymousId);
    if (userId === undefined && anonymousId === undefined) {
      return wrong('no_id');
    }
    const hasTraits = type === 'identify' || type === 'group';
    if (!isFieldsOrNothing(hasTraits ? call.traits : call.properties)) {
      return wrong(hasTraits ? 'traits_not_an_object' : 'properties_not_an_object');
    }
    const name = nameOf(call, type);
    if (type === 'track' && name.trim() === '') {
      return wrong('track_without_event');
    }
    const groupId = type === 'group' ? toId(call.groupId) : undefined;
    if (type === 'group' && typeof groupId !== 'string') {
      return wrong(groupId === unusable ? 'group_id_unusable' : 'group_without_group_id');
    }
    const sentMs = sentTimeOf(call);
    const stamp = stampOf(call, sentMs, arrival);
    const event: Event = {
      messageId: stamp.id,
      call: type,
      name,
      timeMs: timeOf(call, sentMs, arrival),
      receivedMs: arrival.receivedMs,
      userId,
      anonymousId,
      accountId:
        typeof groupId === 'string'
          ? groupId
          : (accountOf(call) ?? (userIsAccount ? userId : undefined)),
      properties: pick(keptOf(type, name), hasTraits ? call.traits : call.properties),
      traits: traitsOf(call, type),
      isReplay: isReplay(call.integrations),
    };
    return { kind: 'input', input: { ...stamp, kind: 'event', event } };
  }

  /**
   * Of the account on a group call, else of the user: identify has them itself, the others bring
   * them in the context.
   */
  function traitsOf(call: Call, type: EventCall): Readonly<Record<string, Scalar>> {
    if (type === 'group') {
      return pick(accountTraits, call.traits);
    }
    if (type === 'identify') {
      return pick(userTraits, call.traits);
    }
    return isFields(call.context) ? pick(userTraits, call.context['traits']) : nothingKept;
  }
}

function mapAlias(call: Call, userId: string | undefined, arrival: Arrival): Mapped {
  if (userId === undefined) {
    return wrong('alias_without_user_id');
  }
  const previousId = idOrNone(call.previousId);
  if (previousId === undefined) {
    return wrong('alias_without_previous_id');
  }
  // The browser SDK fills in the current user when the caller names no previous id.
  if (previousId === userId) {
    return ignored;
  }
  const sentMs = sentTimeOf(call);
  const timeMs = timeOf(call, sentMs, arrival);
  const stamp = stampOf(call, sentMs, arrival);
  return {
    kind: 'input',
    input: { ...stamp, kind: 'identity_linked', previousId, userId, timeMs },
  };
}

function wrong(reason: WrongCall): Mapped {
  return { kind: 'wrong', reason };
}

function isOwnOutcome(call: Call): boolean {
  if (typeof call.messageId === 'string' && call.messageId.startsWith(ownPrefix)) {
    return true;
  }
  const integration = isFields(call.context) ? call.context['integration'] : undefined;
  return isFields(integration) && integration['name'] === ownName;
}

/** Absent, null, an object, or the empty list that PHP writes for an empty object. */
function isFieldsOrNothing(value: unknown): boolean {
  return (
    value === undefined ||
    value === null ||
    isFields(value) ||
    (Array.isArray(value) && value.length === 0)
  );
}

/**
 * As sent, cut at 500 characters; numbers as text. Jitsu puts the name of a page into its
 * properties.
 */
function nameOf(call: Call, type: EventCall): string {
  switch (type) {
    case 'track':
      return toName(call.event);
    case 'page':
    case 'screen': {
      const name = toName(call.name);
      return name === '' && isFields(call.properties) ? toName(call.properties['name']) : name;
    }
    default:
      return '';
  }
}

function toName(value: unknown): string {
  return typeof value === 'string'
    ? cutText(value)
    : typeof value === 'number'
      ? String(value)
      : '';
}

/** The time as the sender wrote it, before any correction: the same in every copy of the call. */
function sentTimeOf(call: Call): number | undefined {
  return toEpochMs(call.timestamp) ?? toEpochMs(call.originalTimestamp);
}

function stampOf(
  call: Call,
  sentMs: number | undefined,
  arrival: Arrival,
): { id: string; dedupeDay: number | undefined; receivedMs: number } {
  return {
    id: toMessageId(call, sentMs !== undefined),
    dedupeDay: sentMs === undefined ? undefined : Math.floor(sentMs / dayMs),
    receivedMs: arrival.receivedMs,
  };
}

/**
 * When it happened: corrected by the sender's clock where that is far off, never in the future; our
 * receive time when unreadable.
 */
function timeOf(call: Call, sentMs: number | undefined, arrival: Arrival): number {
  const corrected = sentMs === undefined ? 0 : sentMs + skewOf(call, arrival);
  return corrected > 0 ? Math.min(corrected, arrival.receivedMs) : arrival.receivedMs;
}

/**
 * Our clock minus the sender's, 0 when it is small or unknown. A call with `receivedAt` was
 * corrected by whoever received it first.
 */
function skewOf(call: Call, arrival: Arrival): number {
  if (!arrival.correctsClock || call.receivedAt !== undefined) {
    return 0;
  }
  const clientMs = toEpochMs(call.sentAt) ?? toEpochMs(arrival.batchSentAt);
  const skewMs = clientMs === undefined ? 0 : arrival.receivedMs - clientMs;
  return Math.abs(skewMs) > skewMinMs ? skewMs : 0;
}

/**
 * Segment marks a replay by closing all destinations but one: `{"All": false, "Webhooks (Actions)":
 * true}`.
 */
function isReplay(integrations: unknown): boolean {
  if (!isFields(integrations) || integrations['All'] !== false) {
    return false;
  }
  let opened = 0;
  for (const name in integrations) {
    if (name !== 'All') {
      if (integrations[name] !== true && !isFields(integrations[name])) {
        return false;
      }
      opened += 1;
    }
  }
  return opened === 1;
}
