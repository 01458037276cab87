import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** All metrics of one hub, in a registry of their own (two hubs in one process never mix). Names are public: dashboards read them. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
  return {
    registry,
    callsReceived: new Counter({
      name: 'motisig_calls_received_total',
      help: 'Calls (events, identifies, groups...) that came in, by door.',
      labelNames: ['door'],
      registers,
    }),
    callsQuarantined: new Counter({
      name: 'motisig_calls_quarantined_total',
      help: 'Calls that could not be understood and were kept for the operator, by reason.',
      labelNames: ['reason'],
      registers,
    }),
    callsIgnored: new Counter({
      name: 'motisig_calls_ignored_total',
      help: 'Calls with which nothing is wrong and nothing is to be done, such as our own outcomes coming back, by door.',
      labelNames: ['door'],
      registers,
    }),
    requestsRefused: new Counter({
      name: 'motisig_requests_refused_total',
      help: 'Requests answered with an error, by door and reason. bad_signature and unknown_key are data loss at the sender.',
      labelNames: ['door', 'reason'],
      registers,
    }),
    feedback: new Counter({
      name: 'motisig_feedback_total',
      help: 'Reactions that came in, by who told them (a vendor, or links for a click on a link of ours) and their kind.',
      labelNames: ['vendor', 'kind'],
      registers,
    }),
    upgrades: new Counter({
      name: 'motisig_upgrade_calls_total',
      help: 'Calls of the upgrade webhook after a confirming click, by outcome: done, failed or unknown.',
      labelNames: ['outcome'],
      registers,
    }),
    inputsProcessed: new Counter({
      name: 'motisig_inputs_processed_total',
      help: 'Inputs that moved a unit, by kind of unit.',
      labelNames: ['kind'],
      registers,
    }),
    inputsRepeated: new Counter({
      name: 'motisig_inputs_repeated_total',
      help: 'Inputs that had been counted before and changed nothing.',
      registers,
    }),
    inputsForgotten: new Counter({
      name: 'motisig_inputs_forgotten_total',
      help: 'Inputs of forgotten persons that came late and were dropped.',
      registers,
    }),
    commitConflicts: new Counter({
      name: 'motisig_commit_conflicts_total',
      help: 'Units that somebody else moved between load and commit; advanced again.',
      registers,
    }),
    inputsParked: new Counter({
      name: 'motisig_inputs_parked_total',
      help: 'Inputs set aside because processing them failed again and again: look into the quarantine.',
      registers,
    }),
    decisions: new Counter({
      name: 'motisig_decisions_total',
      help: 'Decision points, by what was chosen (prompt or nothing) and the first reason for nothing.',
      labelNames: ['chosen', 'reason'],
      registers,
    }),
    deliveries: new Counter({
      name: 'motisig_deliveries_total',
      help: 'Prompts by channel and what became of them.',
      labelNames: ['channel', 'outcome'],
      registers,
    }),
    deliveriesPostponed: new Counter({
      name: 'motisig_deliveries_postponed_total',
      help: 'Requests that a vendor could not take, by channel: away, busy, or a key is wrong. The prompts wait and are tried again until their time is over.',
      labelNames: ['channel'],
      registers,
    }),
    outcomesReported: new Counter({
      name: 'motisig_outcomes_total',
      help: 'Outcomes by name and what their receiver said: accepted, or refused for good.',
      labelNames: ['name', 'answer'],
      registers,
    }),
    crmWrites: new Counter({
      name: 'motisig_crm_writes_total',
      help: 'Accounts that the CRM was told of, by what became of it. refused and ambiguous wait for a person, later is tried again.',
      labelNames: ['outcome'],
      registers,
    }),
    crmRequests: new Counter({
      name: 'motisig_crm_requests_total',
      help: 'Requests to the CRM, whoever asked for them: the sync, look-ups of owners, polls, comparisons.',
      registers,
    }),
    crmLimited: new Counter({
      name: 'motisig_crm_requests_limited_total',
      help: 'Requests that the CRM refused because there were too many (429).',
      registers,
    }),
    crmBudgetLeft: new Gauge({
      name: 'motisig_crm_requests_left',
      help: 'What is left of the requests of this UTC day, of all processes together.',
      registers,
    }),
    crmSuccess: new Gauge({
      name: 'motisig_crm_last_success_timestamp_seconds',
      help: 'When this process last had an answer from the CRM that it could use, Unix time.',
      registers,
    }),
    crmFailure: new Gauge({
      name: 'motisig_crm_last_failure_timestamp_seconds',
      help: 'When a request of this process last failed, by kind: limited, not_allowed, away, silent, odd, refused; Unix time.',
      labelNames: ['kind'],
      registers,
    }),
    crmHolds: new Counter({
      name: 'motisig_crm_holds_total',
      help: 'How often the sync had to wait: busy (the CRM is away or wants a pause) or stopped (a person must mend something).',
      labelNames: ['kind'],
      registers,
    }),
    crmWaiting: new Gauge({
      name: 'motisig_crm_waiting',
      help: 'Accounts that the CRM is to be told of, now or later.',
      registers,
    }),
    crmDue: new Gauge({
      name: 'motisig_crm_due',
      help: 'Accounts whose time to be told of has come: what waits for the CRM, or is being told now.',
      registers,
    }),
    crmLateSeconds: new Gauge({
      name: 'motisig_crm_late_seconds',
      help: 'How long the longest waiting account has been due; 0 when none is.',
      registers,
    }),
    promisesAtRisk: new Counter({
      name: 'motisig_promises_broken_total',
      help: 'Prompts that the last check held back because they would have broken a promise. Must stay 0: anything else is a fault of the hub.',
      labelNames: ['promise'],
      registers,
    }),
    decisionSeconds: new Histogram({
      name: 'motisig_accept_to_decision_seconds',
      help: 'From the event being received to its decision being stored.',
      buckets: seconds,
      registers,
    }),
    deliverySeconds: new Histogram({
      name: 'motisig_accept_to_delivery_seconds',
      help: 'From the event being received to the request at the channel.',
      buckets: seconds,
      registers,
    }),
    ready: new Gauge({ name: 'motisig_ready', help: '1 when the hub can take events.', registers }),
  };
}

/** Every metric of the hub, by its name in the code. */
export type Metrics = ReturnType<typeof createMetrics>;
