import { decodeAccount, decodeMember } from '../core/account/codec.ts';
import { planOf } from '../core/account/plan-of.ts';
import type { AccountState } from '../core/account/state.ts';
import type { DecisionRecord } from '../core/decision/record.ts';
import { businessDomainOf } from '../core/expansion/domain.ts';
import { type ExpansionState, expansionOf } from '../core/expansion/expansion-state.ts';
import { factsOf } from '../core/expansion/facts.ts';
import { plainText } from '../core/expansion/plain-text.ts';
import type { Playbook } from '../core/playbook.ts';
import type { Clock, Ledger, StateStore } from '../core/ports.ts';

/** For whom a company may be made in the CRM. Never for a quiet account. */
export type CreateFor = 'none' | 'paying' | 'all';

/** What looking at accounts needs. */
export interface CrmAccountDeps {
  readonly store: Pick<StateStore, 'load'>;
  readonly ledger: Pick<Ledger, 'newestOf' | 'read'>;
  readonly playbook: Playbook;
  readonly clock: Clock;
  readonly createFor: CreateFor;
}

/** An account as the CRM is to see it. */
export interface CrmAccount {
  readonly accountId: string;
  readonly version: number;
  readonly expansion: ExpansionState;
  readonly name: string;
  readonly domain: string | undefined;
  readonly mayCreate: boolean;
}

/** Decisions of an account that are looked at: enough for two weeks of them. */
const decisionsMax = 5;
const nameMax = 200;

/** Looks at accounts; undefined for one that the hub knows nothing of. */
export async function lookAtAccounts(
  accountIds: readonly string[],
  deps: CrmAccountDeps,
): Promise<readonly (CrmAccount | undefined)[]> {
  const requests = accountIds.map((id) => ({
    unit: { kind: 'account', id } as const,
    members: [],
    ids: [],
  }));
  const [units, decisions] = await Promise.all([
    deps.store.load(requests),
    Promise.all(accountIds.map((id) => decisionsOf(id, deps.ledger))),
  ]);
  const nowMs = deps.clock.nowMs();
  return accountIds.map((accountId, at) => {
    const unit = units[at];
    return unit?.bytes === undefined
      ? undefined
      : toAccount(
          accountId,
          unit.token.version,
          decodeAccount(unit.bytes),
          decisions[at] ?? [],
          deps,
          nowMs,
        );
  });
}

/** The e-mail address of a user of the account; undefined when it is not known, or the user was forgotten. */
export async function emailOf(
  accountId: string,
  userId: string,
  store: Pick<StateStore, 'load'>,
): Promise<string | undefined> {
  const unit = { kind: 'account', id: accountId } as const;
  const [loaded] = await store.load([{ unit, members: [userId], ids: [] }]);
  const bytes = loaded?.members.get(userId);
  const member = bytes === undefined ? undefined : decodeMember(bytes);
  const email = member?.kind === 'active' ? member.traits.get('email')?.value : undefined;
  return typeof email === 'string' && /^[^\s@]+@[^\s@]+\.[^\s@]+$/u.test(email.trim())
    ? email.trim().toLowerCase()
    : undefined;
}

function toAccount(
  accountId: string,
  version: number,
  account: AccountState,
  decisions: readonly DecisionRecord[],
  { playbook, createFor }: CrmAccountDeps,
  nowMs: number,
): CrmAccount {
  const facts = factsOf(accountId, account, decisions, playbook, nowMs);
  const expansion = expansionOf(facts, playbook, nowMs);
  const said = account.traits.get('name')?.value;
  const name = typeof said === 'string' ? plainText(said.replaceAll('\n', ' '), nameMax) : '';
  const { paid, plan } = planOf(account, undefined, playbook);
  const isPaying = (paid ?? plan?.monthlyPriceCents ?? 0) > 0;
  return {
    accountId,
    version,
    expansion,
    name: name === '' ? accountId : name,
    domain: businessDomainOf(account.traits),
    mayCreate:
      expansion.stage !== 'quiet' && (createFor === 'all' || (createFor === 'paying' && isPaying)),
  };
}

async function decisionsOf(
  accountId: string,
  ledger: CrmAccountDeps['ledger'],
): Promise<readonly DecisionRecord[]> {
  const ids = await ledger.newestOf(accountId);
  const entries = await Promise.all(ids.slice(0, decisionsMax).map((id) => ledger.read(id)));
  return entries.flatMap((entry) => entry?.record ?? []);
}
