import type { Economics } from '../../../src/core/playbook.ts';

/** The defaults of the decision model dm1, section 2. */
export const economics: Economics = {
  margin: 0.8,
  valueMonths: 12,
  lifeMonths: 24,
  monthlyChurn: 0.02,
  attributionDays: 14,
  fatigueHalfLifeDays: 21,
  fatigueLambda: 0.5,
  churnPerFatigue: 0.15,
  costDismiss: 0.4,
  costOptOut: 60,
  costTicket: 25,
  slotPrice: 0.25,
  slotShare: 0,
  rho: { limit: 0.4, power: 0.1, team: 0.1, explore: 0.1, adjacent: 0.1, none: 0.1 },
  education: { prompt: 0.3, hold: 0.1, liftNext: 0.03, engage: 0.2 },
  priors: {
    limit: { hold: 0.05, prompt: 0.11 },
    power: { hold: 0.02, prompt: 0.05 },
    team: { hold: 0.03, prompt: 0.07 },
    explore: { hold: 0.01, prompt: 0.03 },
    adjacent: { hold: 0.01, prompt: 0.04 },
    none: { hold: 0.003, prompt: 0.006 },
  },
};
