/** Where an account stands, for those who sell. `prompted`: asked in the product and not answered yet. */
export const expansionStages = [
  'quiet',
  'warming',
  'ready',
  'prompted',
  'won',
  'resting',
  'suppressed',
] as const;
export type ExpansionStage = (typeof expansionStages)[number];

/**
 * Everything that a CRM is told of an account, in a fixed order: fingerprints of what was written are kept by place. Add
 * at the end; a changed list only costs one full write per account.
 */
export const expansionNames = [
  'stage',
  'score',
  'expectedMonthlyValue',
  'monthlyPotential',
  'recommendedOffer',
  'whyNow',
  'topSignal',
  'signals',
  'usageSummary',
  'limitName',
  'limitUsed',
  'limitTotal',
  'usagePercent',
  'seatsUsed',
  'seatsLimit',
  'plan',
  'lastPrompt',
  'lastPromptMs',
  'lastAnswer',
  'nextAction',
  'ownerTodo',
  'lastSignalMs',
  'restsUntilMs',
] as const;
export type ExpansionName = (typeof expansionNames)[number];

/** Money in units of the playbook's currency, times in epoch ms, the rest text or numbers. Undefined: there is none. */
export type ExpansionValues = Readonly<Record<ExpansionName, string | number | undefined>>;

/** Numbers that move with every event: a change of nothing else is not worth a write of its own. */
export const noisyNames: ReadonlySet<ExpansionName> = new Set([
  'usageSummary',
  'limitUsed',
  'usagePercent',
  'seatsUsed',
  'signals',
  'whyNow',
  'ownerTodo',
  'lastSignalMs',
]);
