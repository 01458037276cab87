import type { PackedReader, PackedWriter } from '../packed.ts';
import type { Playbook } from '../playbook.ts';
import type { AccountState } from './state.ts';

/** When the account was on a plan, epoch ms, by what its traits said. */
export interface PlanSeen {
  readonly firstMs: number;
  readonly lastMs: number;
}

/**
 * What the account bought, as registers that only grow: the newest purchase and loss by family, told by events and deals;
 * and when it was seen on which plan. So neither order nor repetition of what is told can matter.
 */
export interface Purchases {
  readonly bought: ReadonlyMap<string, number>;
  readonly downgradedMs: number | undefined;
  /** At most 16 plans of the playbook. */
  readonly plansSeen: ReadonlyMap<string, PlanSeen>;
}

/** Nothing was bought. */
export const noPurchases: Purchases = {
  bought: new Map(),
  downgradedMs: undefined,
  plansSeen: new Map(),
};

const plansMax = 16;

/** Notes a purchase of a family at `timeMs`. */
export function withPurchase(purchases: Purchases, family: string, timeMs: number): Purchases {
  return timeMs <= (purchases.bought.get(family) ?? 0)
    ? purchases
    : { ...purchases, bought: new Map(purchases.bought).set(family, timeMs) };
}

/** Notes a downgrade, or money given back. */
export function withDowngrade(purchases: Purchases, timeMs: number): Purchases {
  return timeMs <= (purchases.downgradedMs ?? 0)
    ? purchases
    : { ...purchases, downgradedMs: timeMs };
}

/** Notes that traits said this plan at `timeMs`. Plans that the playbook does not know are no step up or down. */
export function withPlanSeen(
  purchases: Purchases,
  said: string,
  timeMs: number,
  playbook: Playbook,
): Purchases {
  const id = (playbook.plans.get(said) ?? playbook.plans.get(said.trim().toLowerCase()))?.id;
  if (id === undefined) {
    return purchases;
  }
  const held = purchases.plansSeen.get(id);
  if (held === undefined && purchases.plansSeen.size >= plansMax) {
    return purchases;
  }
  const firstMs = Math.min(held?.firstMs ?? timeMs, timeMs);
  const lastMs = Math.max(held?.lastMs ?? timeMs, timeMs);
  return held !== undefined && firstMs === held.firstMs && lastMs === held.lastMs
    ? purchases
    : { ...purchases, plansSeen: new Map(purchases.plansSeen).set(id, { firstMs, lastMs }) };
}

/** The newest purchase of a family that is known; for upgrades also what the plans tell. */
export function purchasedMs(
  { purchases }: Pick<AccountState, 'purchases'>,
  family: string,
  playbook: Playbook,
): number | undefined {
  const told = purchases.bought.get(family);
  if (family !== 'upgrade') {
    return told;
  }
  const stepped = steppedUpMs(purchases, playbook);
  return told === undefined || stepped === undefined ? (told ?? stepped) : Math.max(told, stepped);
}

/**
 * When the account came onto the plan it was last seen on, from a cheaper one: the first time on it where that is later
 * than the last time on the cheaper plan, else that last time (it went up, down and up again).
 */
function steppedUpMs({ plansSeen }: Purchases, playbook: Playbook): number | undefined {
  let current: { readonly id: string; readonly seen: PlanSeen } | undefined;
  for (const [id, seen] of plansSeen) {
    if (
      current === undefined ||
      seen.lastMs > current.seen.lastMs ||
      (seen.lastMs === current.seen.lastMs && id < current.id)
    ) {
      current = { id, seen };
    }
  }
  if (current === undefined) {
    return undefined;
  }
  const price = (id: string): number => playbook.plans.get(id)?.monthlyPriceCents ?? 0;
  const { id: currentId, seen } = current;
  const cheaper = [...plansSeen].filter(
    ([id, other]) => price(id) < price(currentId) && other.firstMs < seen.lastMs,
  );
  const lastCheaperMs = Math.max(...cheaper.map(([, other]) => other.lastMs));
  return cheaper.length === 0 ? undefined : Math.max(seen.firstMs, lastCheaperMs);
}

/** Packs purchases: three bytes when there are none. */
export function packPurchases(writer: PackedWriter, purchases: Purchases): void {
  const { bought, downgradedMs, plansSeen } = purchases;
  writer.varint(bought.size);
  for (const family of [...bought.keys()].toSorted()) {
    writer.string(family);
    writer.zigzag(bought.get(family) ?? 0);
  }
  writer.zigzag(downgradedMs ?? 0);
  writer.varint(plansSeen.size);
  for (const id of [...plansSeen.keys()].toSorted()) {
    const seen = plansSeen.get(id);
    writer.string(id);
    writer.zigzag(seen?.firstMs ?? 0);
    writer.zigzag(seen?.lastMs ?? 0);
  }
}

/** Reads what `packPurchases` wrote. */
export function unpackPurchases(reader: PackedReader): Purchases {
  const bought = new Map<string, number>();
  const families = reader.varint();
  for (let at = 0; at < families; at += 1) {
    const family = reader.string();
    bought.set(family, reader.zigzag());
  }
  const downgradedMs = reader.zigzag();
  const plansSeen = new Map<string, PlanSeen>();
  const plans = reader.varint();
  for (let at = 0; at < plans; at += 1) {
    const id = reader.string();
    const firstMs = reader.zigzag();
    plansSeen.set(id, { firstMs, lastMs: reader.zigzag() });
  }
  return bought.size === 0 && downgradedMs === 0 && plansSeen.size === 0
    ? noPurchases
    : { bought, plansSeen, downgradedMs: downgradedMs === 0 ? undefined : downgradedMs };
}
