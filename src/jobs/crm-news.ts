import { dayMs, dayOf } from '../core/duration.ts';
import type { CrmHold, CrmNews, CrmNewsKind, ExpansionCrm } from '../core/ports.ts';
import type { CrmBook, CrmFinish, CrmRecord } from '../store/crm-book.ts';
import type { TakenAccount } from '../store/crm-queue.ts';
import { type CrmAccount, type CrmAccountDeps, emailOf } from './crm-accounts.ts';
import type { CrmSyncSettings, CrmSyncWaits } from './crm-settings.ts';
import { type CrmTraffic, type CrmTrafficDeps, settleTraffic } from './crm-traffic.ts';

/*
 * The note, the task and the deal for sales: one of each for an opportunity, and so many accounts a day.
 */

/** What telling needs. */
export interface CrmNewsDeps extends CrmAccountDeps {
  readonly crm: ExpansionCrm;
  readonly book: CrmBook;
  readonly settings: CrmSyncSettings;
  /** What the adapter noted of its requests. */
  readonly traffic: CrmTraffic;
  /** Where it is counted; undefined: nowhere. */
  readonly metrics?: NonNullable<CrmTrafficDeps['metrics']>;
}

/** One taken account with what was and what is. */
export interface CrmCase {
  readonly taken: TakenAccount;
  readonly record: CrmRecord;
  readonly account: CrmAccount;
}

/** An account is not asked about any more when its lease ends within this time: longer than one request may take. */
const leaseSpareMs = 45_000;

/** What sales is to be told of this account and was not yet. */
export function wantedNews({ record, account }: CrmCase): readonly CrmNewsKind[] {
  const { stage, opportunity } = account.expansion;
  if (opportunity === undefined || (stage !== 'ready' && stage !== 'prompted')) {
    return [];
  }
  const kinds: readonly CrmNewsKind[] =
    stage === 'ready' ? ['note', 'task', 'deal'] : ['note', 'deal'];
  return kinds.filter((kind) => record.told[kind] !== opportunity.key);
}

/**
 * Tells the CRM of these accounts, one after the other, as far as the day's number goes, and finishes each of them. Gives why
 * the CRM must not be asked for a while, where it said so.
 */
export async function tellNews(
  withNews: readonly { readonly one: CrmCase; readonly finish: CrmFinish }[],
  deps: CrmNewsDeps,
  waits: CrmSyncWaits,
  signal: AbortSignal,
): Promise<CrmHold | undefined> {
  const { book, clock, settings, crm } = deps;
  let hold: CrmHold | undefined;
  for (const { one, finish } of withNews) {
    const nowMs = clock.nowMs();
    const day = dayOf(nowMs);
    const isLate = nowMs > one.taken.leaseUntilMs - leaseSpareMs;
    if (hold !== undefined || isLate) {
      await book.finish([withDue(finish, nowMs + (hold?.forMs ?? 0))], nowMs);
    } else if (!(await book.mayAnnounce(day, settings.newsPerDay))) {
      await book.finish([withDue(finish, nextDayMs(nowMs))], nowMs);
    } else {
      const wanted = wantedNews(one);
      const news = await newsOf(one, wanted, finish, deps);
      const answer = await crm.announce(news, signal);
      await settleTraffic(deps);
      if (news.champion !== undefined && answer.contactId !== undefined) {
        await book.rememberContact(answer.contactId, news.champion.userId);
      }
      hold = answer.hold;
      const told = { ...one.record.told };
      const key = one.account.expansion.opportunity?.key;
      for (const kind of key === undefined ? [] : answer.settled) {
        told[kind] = key ?? '';
      }
      const isDone = wanted.every((kind) => answer.settled.includes(kind));
      const againMs = clock.nowMs() + Math.max(waits.retryMs, hold?.forMs ?? 0);
      const finished = isDone ? finish : withDue(finish, againMs);
      await book.finish([{ ...finished, told }], clock.nowMs());
    }
  }
  return hold;
}

function withDue(finish: CrmFinish, dueMs: number): CrmFinish {
  return { ...finish, nextDueMs: Math.min(dueMs, finish.nextDueMs ?? dueMs) };
}

async function newsOf(
  { account }: CrmCase,
  wanted: readonly CrmNewsKind[],
  { recordId }: CrmFinish,
  { store, clock }: CrmNewsDeps,
): Promise<CrmNews> {
  const { accountId, expansion, name } = account;
  const { values, opportunity, championId } = expansion;
  const email = championId === undefined ? undefined : await emailOf(accountId, championId, store);
  return {
    accountId,
    recordId: recordId ?? '',
    key: opportunity?.key ?? '',
    wanted,
    accountName: name,
    offer: String(values.recommendedOffer ?? ''),
    whyNow: String(values.whyNow ?? ''),
    signals: String(values.signals ?? ''),
    said:
      values.lastPrompt === undefined ? undefined : `${values.lastPrompt}: ${values.lastAnswer}`,
    todo: String(values.ownerTodo ?? values.nextAction ?? ''),
    yearlyPotential: ((opportunity?.gainCents ?? 0) * 12) / 100,
    nowMs: clock.nowMs(),
    champion:
      championId === undefined || email === undefined ? undefined : { userId: championId, email },
  };
}

/** When the next UTC day begins, with its new numbers; epoch ms. */
export function nextDayMs(nowMs: number): number {
  return (dayOf(nowMs) + 1) * dayMs;
}
