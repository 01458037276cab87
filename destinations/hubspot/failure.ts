import { z } from 'zod';
import { secondMs } from '../../src/core/duration.ts';
import type { CrmHold } from '../../src/core/ports.ts';

/** A property that HubSpot named in an error. */
export interface WrongProperty {
  readonly name: string;
  /** HubSpot's code: INVALID_OPTION, PROPERTY_DOESNT_EXIST... */
  readonly code: string;
}

/** Why a call gave no usable answer. `message` may hold data of the portal and is never logged. */
export type Failure =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly retryAfterMs: number | undefined;
      readonly policy: string | undefined;
      readonly category: string | undefined;
      readonly message: string;
      readonly wrong: readonly WrongProperty[];
      readonly missingScopes: readonly string[];
      readonly correlationId: string | undefined;
    }
  /** Surely never sent: no connection came about, or the caller gave up before. */
  | { readonly kind: 'not_sent' }
  /** Sent, and then nothing: a time-out or a connection that broke. */
  | { readonly kind: 'no_answer' }
  /** A success in a shape that HubSpot does not use: something else answers at this address. */
  | { readonly kind: 'not_understood'; readonly status: number };

const text = z.string().catch('');
const ErrorItem = z.object({
  message: text,
  code: z.string().optional().catch(undefined),
  context: z.record(z.string(), z.unknown()).optional().catch(undefined),
});
const Envelope = z.object({
  message: text,
  category: z.string().optional().catch(undefined),
  policyName: z.string().optional().catch(undefined),
  correlationId: z.string().optional().catch(undefined),
  context: z.record(z.string(), z.unknown()).optional().catch(undefined),
  errors: z.array(ErrorItem).optional().catch(undefined),
});
const InMessage = z.array(
  z.object({
    name: z.string(),
    error: z.string().catch('INVALID'),
    isValid: z.boolean().optional(),
  }),
);

/** How long to wait when somebody must mend a setting first. */
const operatorWaitMs = 300_000;

/** Reads an error answer, and the wait that it asks for, ms; HubSpot asks to take every field of it as optional. */
export function failureOf(
  status: number,
  retryAfterMs: number | undefined,
  body: unknown,
): Failure {
  const envelope = Envelope.safeParse(body).data;
  return {
    kind: 'answered',
    status,
    retryAfterMs,
    policy: envelope?.policyName?.toUpperCase(),
    category: plainCode(envelope?.category),
    message: (envelope?.message ?? '').slice(0, 2000),
    wrong: envelope === undefined ? [] : wrongProperties(envelope),
    missingScopes: missingScopes(envelope),
    correlationId: envelope?.correlationId,
  };
}

/** The properties that an error names: in its list of errors, or as JSON inside its message. */
export function wrongProperties(error: {
  readonly message: string;
  readonly errors?: readonly z.infer<typeof ErrorItem>[] | undefined;
}): readonly WrongProperty[] {
  const listed = (error.errors ?? []).flatMap(({ code, context }) => {
    const names = strings(context?.['propertyName'] ?? context?.['propertyNames']);
    return names.map((name) => ({ name, code: plainCode(code) ?? 'INVALID' }));
  });
  return listed.length > 0 ? listed : inMessage(error.message);
}

/** `Property values were not valid: [{"isValid":false,...}]` (HubSpot's changelog on property validation). */
function inMessage(message: string): readonly WrongProperty[] {
  const from = message.indexOf('[{');
  const until = message.lastIndexOf('}]');
  if (from < 0 || until < from) {
    const named = /Property "?(\w{1,100})"? does not exist/u.exec(message)?.[1];
    return named === undefined ? [] : [{ name: named, code: 'PROPERTY_DOESNT_EXIST' }];
  }
  try {
    const parsed = InMessage.safeParse(JSON.parse(message.slice(from, until + 2)));
    return (parsed.data ?? []).map(({ name, error }) => ({
      name,
      code: plainCode(error) ?? 'INVALID',
    }));
  } catch {
    return [];
  }
}

function missingScopes(envelope: z.infer<typeof Envelope> | undefined): readonly string[] {
  const said = [
    ...strings(envelope?.context?.['missingScopes']),
    ...strings(envelope?.context?.['requiredGranularScopes']),
    ...(envelope?.errors ?? []).flatMap(({ context }) => [
      ...strings(context?.['missingScopes']),
      ...strings(context?.['requiredGranularScopes']),
    ]),
  ];
  return [...new Set(said.filter((scope) => /^[\w.-]{1,100}$/u.test(scope)))];
}

function strings(value: unknown): readonly string[] {
  return [value].flat().filter((one) => typeof one === 'string');
}

/** A code of HubSpot's, as far as it can be told to anybody. */
function plainCode(code: string | undefined): string | undefined {
  return code !== undefined && /^[A-Za-z_]{1,80}$/u.test(code) ? code : undefined;
}

/**
 * Whether nobody may ask for a while, and how long; undefined for an answer that is about what was sent (400, 404, 409).
 * `inARow`: how often nothing but trouble came back, which makes the waits grow to ten minutes.
 */
export function holdOf(failure: Failure, inARow: number): CrmHold | undefined {
  const growingMs = Math.min(600_000, 15_000 * 2 ** Math.min(Math.max(0, inARow - 1), 10));
  switch (failure.kind) {
    case 'not_sent':
      return busy(growingMs, 'HubSpot cannot be reached; accounts wait.');
    case 'no_answer':
      return busy(growingMs, 'HubSpot did not answer in time; accounts wait.');
    case 'not_understood':
      return stopped(
        `What answers at HUBSPOT_BASE_URL is not HubSpot's API (status ${failure.status} in an unknown shape); the sync is stopped until the address is right.`,
      );
    case 'answered':
      return holdOfStatus(failure, growingMs);
    default:
      return failure satisfies never;
  }
}

function holdOfStatus(
  failure: Extract<Failure, { kind: 'answered' }>,
  growingMs: number,
): CrmHold | undefined {
  const { status, retryAfterMs } = failure;
  if (status === 400 || status === 404 || status === 409 || status === 413) {
    return undefined;
  }
  if (status === 429) {
    return busy(
      retryAfterMs ?? limitMs(failure.policy),
      `HubSpot says too many requests${failure.policy === undefined ? '' : ` (${failure.policy})`}; accounts wait.`,
    );
  }
  if (status === 401) {
    return stopped(
      'HubSpot refuses the access token (401); the sync is stopped until HUBSPOT_ACCESS_TOKEN is a valid token of the portal. The rest of the hub goes on.',
    );
  }
  if (status === 403) {
    const scopes = failure.missingScopes;
    const lacks = scopes.length === 0 ? 'a scope' : `the scope ${scopes.join(' or ')}`;
    return stopped(
      `HubSpot does not allow the call (403): the token lacks ${lacks}; the sync is stopped until it is granted. The rest of the hub goes on.`,
    );
  }
  if (status === 408 || status === 423 || status === 477 || status >= 500) {
    return busy(
      retryAfterMs ?? growingMs,
      `HubSpot answers ${status}${correlated(failure)}; accounts wait.`,
    );
  }
  return stopped(
    `HubSpot answers ${status}${correlated(failure)}, which its API does not do for this call; the sync is stopped until HUBSPOT_BASE_URL is right.`,
  );
}

/** `TEN_SECONDLY_ROLLING`, `SECONDLY`, `DAILY`: how long each lasts when no time is named. Midnight of the portal is not known. */
function limitMs(policy: string | undefined): number {
  if (policy === 'DAILY') {
    return 3_600_000;
  }
  return policy === 'SECONDLY' ? secondMs : 10 * secondMs;
}

function correlated({ correlationId }: { readonly correlationId: string | undefined }): string {
  return correlationId !== undefined && /^[\w-]{1,60}$/u.test(correlationId)
    ? ` (correlation id ${correlationId})`
    : '';
}

function busy(forMs: number, why: string): CrmHold {
  return { kind: 'busy', forMs, why };
}

function stopped(why: string): CrmHold {
  return { kind: 'stopped', forMs: operatorWaitMs, why };
}

/** Why a record was refused, for the operator: codes and names of properties, never values. */
export function refusalInWords(failure: Failure): string {
  if (failure.kind !== 'answered') {
    return failure.kind;
  }
  const { status, category, wrong } = failure;
  const named = wrong.slice(0, 5).map(({ name, code }) => `${name.slice(0, 60)}: ${code}`);
  const what = named.length > 0 ? named.join(', ') : (category ?? 'no reason given');
  return `HubSpot refuses it (${status}, ${what})${correlated(failure)}`;
}
