import { decodeAccount, decodeMember } from '../core/account/codec.ts';
import type { Playbook } from '../core/playbook.ts';
import { decodePerson } from '../core/person/codec.ts';
import type { Clock, Ledger, StateStore } from '../core/ports.ts';
import { accountInWords, memberInWords } from '../explain/account.ts';
import { contextInWords } from '../explain/context.ts';
import { decisionInWords } from '../explain/decision.ts';
import { lifeInWords, touchesInWords } from '../explain/life.ts';

/** What explaining looks at. */
export interface ExplainDeps {
  readonly store: StateStore;
  readonly ledger: Ledger;
  readonly playbook: Playbook;
  readonly clock: Clock;
}

const decisionId = /^\d{1,2}-[0-9a-f]{32}$/u;
/** Decisions told in full below an account or a user. */
const decisionsMax = 5;

/**
 * Why a prompt was, or was not, made: for a decision id that decision, for an account or a user its state and newest
 * decisions. Gives lines; none at all when nobody has heard of the id.
 */
export async function explain(id: string, deps: ExplainDeps): Promise<readonly string[]> {
  if (decisionId.test(id)) {
    return explainDecision(id, deps);
  }
  return [...(await explainAccount(id, deps)), ...(await explainPerson(id, deps))];
}

/** The decision as it was written down, and what became of its prompt since, as the account remembers it. */
async function explainDecision(id: string, deps: ExplainDeps): Promise<readonly string[]> {
  const entry = await deps.ledger.read(id);
  if (entry === undefined) {
    return [];
  }
  const unit = { kind: 'account', id: entry.record.accountId } as const;
  const [loaded] = await deps.store.load([{ unit, members: [], ids: [] }]);
  const touch = decodeAccount(loaded?.bytes).touches.find((held) => held.decisionId === id);
  return [...decisionInWords(entry), ...(touch === undefined ? [] : lifeInWords(touch))];
}

async function explainAccount(id: string, deps: ExplainDeps): Promise<readonly string[]> {
  const [loaded] = await deps.store.load([{ unit: { kind: 'account', id }, members: [], ids: [] }]);
  if (loaded?.bytes === undefined) {
    return [];
  }
  return [
    ...accountInWords(id, decodeAccount(loaded.bytes), deps.playbook, deps.clock.nowMs()),
    ...(await decisionsOf(id, undefined, deps)),
  ];
}

async function explainPerson(id: string, deps: ExplainDeps): Promise<readonly string[]> {
  const [loaded] = await deps.store.load([{ unit: { kind: 'person', id }, members: [], ids: [] }]);
  if (loaded?.bytes === undefined) {
    return [];
  }
  const person = decodePerson(loaded.bytes);
  const lines = [
    `Person ${id}`,
    ...(person.isErased ? ['  erased on request'] : []),
    ...person.accounts.map((account) => `  member  of account ${account}`),
    ...person.becameUsers.map((userId) => `  became  user ${userId}`),
    ...(person.waiting.length === 0
      ? []
      : [`  waiting ${person.waiting.length} events until the account is known`]),
    ...contextInWords(person.context),
    ...touchesInWords(person.touches),
  ];
  for (const account of person.accounts) {
    lines.push(
      ...(await explainMember(id, account, deps)),
      ...(await decisionsOf(account, id, deps)),
    );
  }
  return lines;
}

async function explainMember(
  userId: string,
  accountId: string,
  deps: ExplainDeps,
): Promise<readonly string[]> {
  const request = { unit: { kind: 'account', id: accountId }, members: [userId], ids: [] } as const;
  const [loaded] = await deps.store.load([request]);
  const bytes = loaded?.members.get(userId);
  return bytes === undefined
    ? []
    : memberInWords(userId, accountId, decodeMember(bytes), deps.playbook, deps.clock.nowMs());
}

/** The newest decisions of an account, or of one user in it. */
async function decisionsOf(
  accountId: string,
  userId: string | undefined,
  deps: ExplainDeps,
): Promise<readonly string[]> {
  const lines: string[] = [];
  let told = 0;
  for (const id of await deps.ledger.newestOf(accountId)) {
    const entry = await deps.ledger.read(id);
    if (
      entry !== undefined &&
      (userId === undefined || entry.record.userId === userId) &&
      told < decisionsMax
    ) {
      told += 1;
      lines.push(...decisionInWords(entry));
    }
  }
  return told === 0 ? ['  No trigger has fired yet, so nothing has been decided.'] : lines;
}
