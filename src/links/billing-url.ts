/** What the customer's billing page is told. */
export interface BillingParameters {
  /** The plan to move to; undefined for an add-on. */
  readonly plan: string | undefined;
  readonly offerId: string;
  readonly accountId: string;
  readonly decisionId: string;
}

/**
 * The address of the customer's billing page with `motisig_plan`, `motisig_offer`, `motisig_account` and
 * `motisig_decision` behind the parameters that it has. Those stay as they are, byte for byte, and so does the fragment; a
 * parameter of our names that is there already is the customer's and stays alone. Undefined when the address is none that
 * a browser may be sent to: only http and https are.
 */
export function billingUrl(
  address: string | undefined,
  parameters: BillingParameters,
): string | undefined {
  const url = URL.parse(address ?? '');
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    return undefined;
  }
  const { plan, offerId, accountId, decisionId } = parameters;
  const ours = [
    ['motisig_plan', plan],
    ['motisig_offer', offerId],
    ['motisig_account', accountId],
    ['motisig_decision', decisionId],
  ] as const;
  const added = ours.flatMap(([name, value]) =>
    value === undefined || url.searchParams.has(name)
      ? []
      : [`${name}=${encodeURIComponent(value.toWellFormed())}`],
  );
  // Not by searchParams.append, which writes all the others anew: `a=1,2` and `%20` would change.
  url.search = [...(url.search === '' ? [] : [url.search.slice(1)]), ...added].join('&');
  return url.href;
}
