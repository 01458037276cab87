/** The keys of the ordinary build. */
export const keys = {
  seen: (messageId: string) => `seen:${messageId}`,
  /** Sorted set: message ids of one rule's event in one account, by time. */
  rule: (ruleId: string, accountId: string) => `rule:${ruleId}:${accountId}`,
  /** Set of message ids: how often the value moment's event happened, ever. */
  value: (accountId: string) => `value:${accountId}`,
  /** Set of the rules that fired for an account: each fires once. */
  fired: (accountId: string) => `fired:${accountId}`,
  /** Sorted set of the prompts of an account or a user, by time. */
  prompts: (whose: 'account' | 'user', id: string) => `prompts:${whose}:${id}`,
  decision: (decisionId: string) => `decision:${decisionId}`,
  /** List of the newest decisions of an account. */
  history: (accountId: string) => `history:${accountId}`,
} as const;
