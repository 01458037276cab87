import {
  type ExpansionName,
  type ExpansionStage,
  expansionStages,
} from '../../src/core/expansion/values.ts';

/** A property as HubSpot is asked to make it. Type, field type and uniqueness can never be changed afterwards. */
export interface PropertyDefinition {
  readonly name: string;
  readonly label: string;
  readonly description: string;
  readonly type: 'string' | 'number' | 'datetime' | 'enumeration' | 'bool';
  readonly fieldType: 'text' | 'textarea' | 'number' | 'date' | 'select' | 'booleancheckbox';
  readonly hasUniqueValue?: true;
  readonly options?: readonly PropertyOption[];
}

export interface PropertyOption {
  readonly label: string;
  readonly value: string;
  readonly displayOrder: number;
  readonly hidden: boolean;
}

/** The group in which all our properties stand. */
export const propertyGroup = {
  name: 'expansion_agent',
  label: 'Expansion agent',
  displayOrder: -1,
};

/** Our own unique ids. */
export const accountIdProperty = 'product_account_id';
export const userIdProperty = 'product_user_id';
export const opportunityKeyProperty = 'expansion_opportunity_key';

const notToEdit = 'Written by the expansion agent; do not edit.';

function text(name: string, label: string, description: string): PropertyDefinition {
  return {
    name,
    label,
    description: `${description} ${notToEdit}`,
    type: 'string',
    fieldType: 'text',
  };
}

function lines(name: string, label: string, description: string): PropertyDefinition {
  return { ...text(name, label, description), fieldType: 'textarea' };
}

function number(name: string, label: string, description: string): PropertyDefinition {
  return { ...text(name, label, description), type: 'number', fieldType: 'number' };
}

function moment(name: string, label: string, description: string): PropertyDefinition {
  return { ...text(name, label, description), type: 'datetime', fieldType: 'date' };
}

function choice(
  name: string,
  label: string,
  description: string,
  values: readonly (readonly [value: string, label: string])[],
): PropertyDefinition {
  const options = values.map(([value, label], displayOrder) => ({
    label,
    value,
    displayOrder,
    hidden: false,
  }));
  return { ...text(name, label, description), type: 'enumeration', fieldType: 'select', options };
}

function unique(name: string, label: string, description: string): PropertyDefinition {
  return { ...text(name, label, description), hasUniqueValue: true };
}

const stageLabels: Readonly<Record<ExpansionStage, string>> = {
  quiet: 'Quiet',
  warming: 'Warming',
  ready: 'Ready',
  prompted: 'Prompted',
  won: 'Won',
  resting: 'Resting',
  suppressed: 'Suppressed',
};

/** The property of each value that the hub tells. */
export const companyProperties: Readonly<Record<ExpansionName, PropertyDefinition>> = {
  stage: choice(
    'expansion_stage',
    'Expansion stage',
    'Where the account stands between quiet and won.',
    expansionStages.map((stage) => [stage, stageLabels[stage]]),
  ),
  score: number(
    'expansion_score',
    'Expansion score',
    '0 to 100; 70 and more: a threshold is reached.',
  ),
  expectedMonthlyValue: number(
    'expansion_expected_monthly_value',
    'Expected monthly value',
    'Chance of buying times what the account would pay more a month.',
  ),
  monthlyPotential: number(
    'expansion_monthly_potential',
    'Monthly potential',
    'What the account would pay more a month.',
  ),
  recommendedOffer: text(
    'expansion_recommended_offer',
    'Recommended offer',
    'The offer that is worth most now.',
  ),
  whyNow: lines('expansion_why_now', 'Why now', 'What happened, with numbers.'),
  topSignal: choice('expansion_top_signal', 'Top signal', 'The kind of the strongest signal.', [
    ['limit', 'Limit pressure'],
    ['power', 'Power use'],
    ['team', 'Team growth'],
    ['explore', 'Feature exploration'],
    ['adjacent', 'Adjacent job'],
    ['none', 'Other'],
  ]),
  signals: lines('expansion_signals', 'Signals', 'The strongest signals with their evidence.'),
  usageSummary: text('expansion_usage_summary', 'Usage against limits', 'Each limit and its use.'),
  limitName: text('expansion_limit_name', 'Fullest limit', 'The limit that is fullest.'),
  limitUsed: number('expansion_limit_used', 'Fullest limit: used', 'How much of it is used.'),
  limitTotal: number('expansion_limit_total', 'Fullest limit: size', 'How much there is of it.'),
  usagePercent: number('expansion_usage_percent', 'Fullest limit: percent', 'Its use in percent.'),
  seatsUsed: number('expansion_seats_used', 'Seats used', 'Seats in use.'),
  seatsLimit: number('expansion_seats_limit', 'Seats', 'Seats of the plan.'),
  plan: text('expansion_plan', 'Plan', 'The plan in force in the product.'),
  lastPrompt: text('expansion_last_prompt', 'Last prompt', 'The offer that was last made.'),
  lastPromptMs: moment('expansion_last_prompt_at', 'Last prompt at', 'When it was made.'),
  lastAnswer: text('expansion_last_answer', 'Last answer', 'What came of it.'),
  nextAction: lines('expansion_next_action', 'Next best action', 'What the agent does next.'),
  ownerTodo: lines('expansion_owner_todo', 'To do for the owner', 'What a person may do now.'),
  lastSignalMs: moment(
    'expansion_last_signal_at',
    'Last signal at',
    'When the newest signal came.',
  ),
  restsUntilMs: moment('expansion_rests_until', 'Rests until', 'Nothing is offered before.'),
};

/** Every property of companies that the hub makes. */
export const allCompanyProperties: readonly PropertyDefinition[] = [
  unique(accountIdProperty, 'Product account ID', 'Id of the account in the product.'),
  ...Object.values(companyProperties),
];

/** The properties of contacts: few contacts are written. */
export const allContactProperties: readonly PropertyDefinition[] = [
  unique(userIdProperty, 'Product user ID', 'Id of the user in the product.'),
  text('expansion_role', 'Expansion role', 'Part of this person in an expansion: champion.'),
];

/** The properties of deals, made where deals are switched on. */
export const allDealProperties: readonly PropertyDefinition[] = [
  unique(opportunityKeyProperty, 'Expansion opportunity key', 'Account, offer and quarter.'),
  lines('expansion_why_now', 'Why now', 'What happened, with numbers.'),
];

/** One list per stage, with exactly this filter. */
export function listsOfStages(): readonly {
  readonly name: string;
  readonly objectTypeId: '0-2';
  readonly processingType: 'DYNAMIC';
  readonly filterBranch: ReturnType<typeof stageFilter>;
}[] {
  return expansionStages.map((stage) => ({
    name: `Expansion: ${stage}`,
    objectTypeId: '0-2',
    processingType: 'DYNAMIC',
    filterBranch: stageFilter(stage),
  }));
}

/** An OR of one AND, as HubSpot's lists want it; every branch names its sub-branches, even none. */
function stageFilter(stage: ExpansionStage) {
  return {
    filterBranchType: 'OR',
    filterBranchOperator: 'OR',
    filters: [],
    filterBranches: [
      {
        filterBranchType: 'AND',
        filterBranchOperator: 'AND',
        filterBranches: [],
        filters: [
          {
            filterType: 'PROPERTY',
            property: companyProperties.stage.name,
            operation: {
              operationType: 'ENUMERATION',
              operator: 'IS_ANY_OF',
              values: [stage],
              includeObjectsWithNoValueSet: false,
            },
          },
        ],
      },
    ],
  } as const;
}
