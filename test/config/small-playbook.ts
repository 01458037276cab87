/** A whole playbook of few lines, the ground on which each test makes one mistake. Line numbers matter to the tests. */
export const smallPlaybook = `version: 1
events:
  Report Created: [report_count, plan_limit, owner_email]
plan: { default: starter }
traits: { user: [name], account: [industry] }
plans:
  starter: { monthlyPrice: 49, limits: { reports: 10 } }
  pro: { monthlyPrice: 99 }
signals:
  reports:
    events: Report Created
    value: report_count
    limit: { property: plan_limit, plan: reports }
  invites:
    events: Invite Sent
valueMoment: { signal: reports, atLeast: 1 }
triggers:
  reports_full:
    gauge: reports
    atLeast: 100%
    where: { plan: starter }
    offers: [more_reports]
  third_invite:
    count: invites
    within: 7d
    atLeast: 3
    offers: [team]
offers:
  more_reports:
    plan: pro
    copy:
      headline: "You're at {{ used }}/{{ limit }} reports"
      body: "Pro costs {{ offer.price }}"
      cta_label: Upgrade
      cta_url: https://example.com/?plan={{ offer.plan }}
  team:
    plan: pro
    copy:
      headline: "{{ count }} invites in {{ window }}"
      body: "Bring the team"
      cta_label: Upgrade
      cta_url: https://example.com/
guardrails:
  caps:
    - { per: user, max: 1, within: 7d }
  cooldown: { user: 7d, account: 7d }
`;

/** The small playbook with the first occurrence of `from` replaced. Throws when there is none: the test would test nothing. */
export function smallPlaybookWith(from: string, to: string): string {
  if (!smallPlaybook.includes(from)) {
    throw new Error(`the small playbook does not hold ${from}`);
  }
  return smallPlaybook.replace(from, () => to);
}
