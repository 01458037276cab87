import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { checkPlaybook } from '../../config/check.ts';
import type { Problem } from '../../config/check/report.ts';
import { problemInWords } from '../../src/cli/check.ts';
import { smallPlaybook, smallPlaybookWith } from './small-playbook.ts';

function problemsOf(source: string): readonly Problem[] {
  const checked = checkPlaybook(source, 'playbook.yaml');
  return checked.kind === 'invalid' ? checked.problems : [];
}

function warningsOf(source: string): readonly Problem[] {
  const checked = checkPlaybook(source, 'playbook.yaml');
  return checked.kind === 'valid' ? checked.warnings : [];
}

/** [what is wrong, replaced text, text put in its place, line, field, part of the message, part of the mend] */
type Mistake = readonly [string, string, string, number, string, string, string];

const mistakes: readonly Mistake[] = [
  [
    'an unknown section',
    'plan: { default: starter }',
    'paln: { default: starter }',
    4,
    'paln',
    'no field paln',
    'Did you mean plan?',
  ],
  [
    'an unknown field',
    '    within: 7d',
    '    withn: 7d',
    25,
    'triggers.third_invite.withn',
    'no field withn',
    'Did you mean within?',
  ],
  [
    'an unknown field in a list',
    'max: 1',
    'maxx: 1',
    45,
    'guardrails.caps[0].maxx',
    'no field maxx',
    'Did you mean max?',
  ],
  [
    'a missing field',
    '    offers: [team]\n',
    '',
    23,
    'triggers.third_invite.offers',
    'is missing',
    'a list of the offers',
  ],
  [
    'a version of the future',
    'version: 1',
    'version: 2',
    1,
    'version',
    'is not one of 1',
    'Write 1',
  ],
  [
    'a number where text belongs',
    'within: 7d',
    'within: 7',
    25,
    'triggers.third_invite.within',
    'a number where text belongs',
    '7d, 48h or 30m',
  ],
  [
    'a length without unit',
    'within: 7d',
    'within: seven days',
    25,
    'triggers.third_invite.within',
    'form',
    '7d, 48h or 30m',
  ],
  [
    'a window too long',
    'within: 7d',
    'within: 91d',
    25,
    'triggers.third_invite.within',
    'too long: 91 days',
    '90 days',
  ],
  [
    'a window of zero',
    'within: 7d',
    'within: 0d',
    25,
    'triggers.third_invite.within',
    'is zero',
    '1 minute',
  ],
  [
    'an unknown kind',
    'gauge: reports',
    'gauge: reports\n    kind: limits',
    20,
    'triggers.reports_full.kind',
    'not one of limit',
    'Did you mean limit?',
  ],
  [
    'a trigger of an unknown signal',
    'count: invites',
    'count: invits',
    24,
    'triggers.third_invite.count',
    'no signal invits',
    'Did you mean invites?',
  ],
  [
    'a trigger of an unknown offer',
    'offers: [team]',
    'offers: [team, taem]',
    27,
    'triggers.third_invite.offers[1]',
    'no offer taem',
    'Did you mean team?',
  ],
  [
    'a trigger that measures nothing',
    '    count: invites\n',
    '',
    23,
    'triggers.third_invite',
    'measures nothing',
    'count: invite_sent',
  ],
  [
    'a trigger by calendar',
    'count: invites',
    'every: monday',
    23,
    'triggers.third_invite',
    'fires only on what users do',
    'count',
  ],
  [
    'a trigger that measures twice',
    'count: invites',
    'count: invites\n    sum: reports',
    23,
    'triggers.third_invite',
    'several ways (count, sum)',
    'Keep one',
  ],
  [
    'a trigger on sign-up',
    'events: Invite Sent',
    'events: Signed Up',
    24,
    'triggers.third_invite.count',
    'sign-up (Signed Up)',
    'later use',
  ],
  [
    'a value moment at sign-up',
    'events: Report Created',
    'events: [account_created, Report Created]',
    16,
    'valueMoment.signal',
    'cannot be a sign-up',
    'got something done',
  ],
  [
    'an unknown value moment',
    '{ signal: reports, atLeast',
    '{ signal: rports, atLeast',
    16,
    'valueMoment.signal',
    'no signal rports',
    'Did you mean reports?',
  ],
  [
    'an unknown event',
    'events: Invite Sent',
    'events: Invite Snet',
    15,
    'signals.invites.events[0]',
    'no event Invite Snet',
    'Did you mean Invite Sent?',
  ],
  [
    'an unknown property as value',
    'value: report_count',
    'value: report_cuont',
    12,
    'signals.reports.value',
    'carries report_cuont',
    'Did you mean report_count?',
  ],
  [
    'an unknown property as limit',
    'property: plan_limit',
    'property: plan_limt',
    13,
    'signals.reports.limit.property',
    'carries plan_limt',
    'Did you mean plan_limit?',
  ],
  [
    'an unknown property as test',
    'events: Invite Sent',
    'events: Invite Sent\n    where: { invitee_rol: admin }',
    16,
    'signals.invites.where.invitee_rol',
    'carries invitee_rol',
    'Did you mean invitee_role?',
  ],
  [
    'an unknown property as quote',
    'offers: [team]',
    'offers: [team]\n    quotes: [invitee_rle]',
    28,
    'triggers.third_invite.quotes[0]',
    'carries invitee_rle',
    'Did you mean invitee_role?',
  ],
  [
    'an unknown property to count apart',
    'count: invites',
    'count: invites\n    by: role',
    25,
    'triggers.third_invite.by',
    'carries role',
    'Add it under events',
  ],
  [
    'a test that tests nothing',
    'events: Invite Sent',
    'events: Invite Sent\n    where: { invitee_role: {} }',
    16,
    'signals.invites.where.invitee_role',
    'tests nothing',
    'atLeast',
  ],
  [
    'a limit that no plan has',
    'plan: reports }',
    'plan: report }',
    13,
    'signals.reports.limit.plan',
    'no plan has a limit report',
    'Did you mean reports?',
  ],
  [
    'a limit found nowhere',
    '{ property: plan_limit, plan: reports }',
    '{}',
    13,
    'signals.reports.limit',
    'does not say where',
    'property, trait, plan or fixed',
  ],
  [
    'a limit without a value',
    '    value: report_count\n',
    '',
    12,
    'signals.reports.limit',
    'no value to hold against it',
    'under value',
  ],
  [
    'a share of no limit',
    '    limit: { property: plan_limit, plan: reports }\n',
    '',
    19,
    'triggers.reports_full.atLeast',
    'has no limit',
    'limit: { plan',
  ],
  [
    'a threshold over 100 %',
    'atLeast: 100%',
    'atLeast: 120%',
    20,
    'triggers.reports_full.atLeast',
    '120% is above the limit',
    'at most 100%',
  ],
  [
    'a threshold over 100 % in a list',
    'atLeast: 100%',
    'atLeast: [90%, 101%]',
    20,
    'triggers.reports_full.atLeast[1]',
    '101% is above the limit',
    'at most 100%',
  ],
  [
    'a threshold of zero',
    'atLeast: 3',
    'atLeast: 0',
    26,
    'triggers.third_invite.atLeast',
    'without any use',
    'above 0',
  ],
  [
    'a share of a count whose signal has no limit',
    'atLeast: 3',
    'atLeast: 30%',
    26,
    'triggers.third_invite.atLeast',
    'the signal invites has no limit',
    'limit: { plan: reports }',
  ],
  [
    'a share of sessions',
    'count: invites\n    within: 7d\n    atLeast: 3',
    'sessions: invites\n    per: user\n    within: 7d\n    atLeast: 30%',
    27,
    'triggers.third_invite.atLeast',
    'only gauge, count, sum, distinct have',
    'Write a number',
  ],
  [
    'a count beyond its limit',
    'gauge: reports\n    atLeast: 100%',
    'count: reports\n    atLeast: 120%',
    20,
    'triggers.reports_full.atLeast',
    'above the limit itself',
    'at most 100%',
  ],
  [
    'a ratio of a signal to itself',
    'count: invites\n    within: 7d\n    atLeast: 3',
    'ratio: { part: invites, whole: invites }\n    within: 7d\n    atLeast: 30%',
    24,
    'triggers.third_invite.ratio.whole',
    'against itself',
    'another signal',
  ],
  [
    'a number of a ratio',
    'count: invites\n    within: 7d\n    atLeast: 3',
    'ratio: { part: invites, whole: reports }\n    within: 7d\n    atLeast: 3',
    26,
    'triggers.third_invite.atLeast',
    'no ratio',
    'percentage',
  ],
  [
    'a ratio of a signal that is not there',
    'count: invites\n    within: 7d\n    atLeast: 3',
    'ratio: { part: invite, whole: reports }\n    within: 7d\n    atLeast: 30%',
    24,
    'triggers.third_invite.ratio.part',
    'there is no signal invite',
    'Did you mean invites?',
  ],
  [
    'a pace that does not say how near',
    'count: invites\n    within: 7d\n    atLeast: 3',
    'pace: reports',
    23,
    'triggers.third_invite',
    'how near the limit',
    'atMost: 7d',
  ],
  [
    'a height of a pace',
    'count: invites\n    within: 7d\n    atLeast: 3',
    'pace: reports\n    atMost: 7d\n    atLeast: 3',
    26,
    'triggers.third_invite.atLeast',
    'means nothing for pace',
    'Write atMost',
  ],
  [
    'a pace over less than a day',
    'count: invites\n    within: 7d\n    atLeast: 3',
    'pace: reports\n    atMost: 7d\n    within: 12h',
    26,
    'triggers.third_invite.within',
    'too short',
    '48h',
  ],
  [
    'a pace towards no limit',
    'count: invites\n    within: 7d\n    atLeast: 3',
    'pace: invites\n    atMost: 7d',
    24,
    'triggers.third_invite.pace',
    'no limit',
    'limit: { plan: reports }',
  ],
  [
    'half a seat',
    'count: invites\n    within: 7d\n    atLeast: 3',
    'seats: all\n    atLeast: 2.5',
    25,
    'triggers.third_invite.atLeast',
    'no whole number',
    'Write 3',
  ],
  [
    'seats of a user',
    'count: invites\n    within: 7d\n    atLeast: 3',
    'seats: all\n    per: user\n    atLeast: 3',
    25,
    'triggers.third_invite.per',
    'an account has members',
    'Remove it',
  ],
  [
    'all seats and a role',
    'count: invites\n    within: 7d\n    atLeast: 3',
    'seats: [all, admin]\n    atLeast: 3',
    24,
    'triggers.third_invite.seats',
    'every member',
    'Keep all, or the roles',
  ],
  [
    'the share of all',
    'count: invites\n    within: 7d\n    atLeast: 3',
    'roleShare: all\n    atLeast: 50%',
    24,
    'triggers.third_invite.roleShare',
    'every member',
    'Name a role',
  ],
  [
    'more than all members',
    'count: invites\n    within: 7d\n    atLeast: 3',
    'roleShare: editor\n    atLeast: 150%',
    25,
    'triggers.third_invite.atLeast',
    'above all members',
    'at most 100%',
  ],
  [
    'a property quoted of seats',
    'count: invites\n    within: 7d\n    atLeast: 3',
    'seats: all\n    quotes: [role]\n    atLeast: 3',
    25,
    'triggers.third_invite.quotes',
    'several events can move',
    'Remove it',
  ],
  [
    'members who join by an event that is not there',
    'plan: { default: starter }',
    'plan: { default: starter }\nmembers: { joined: Account Add User }',
    5,
    'members.joined[0]',
    'there is no event Account Add User',
    'Did you mean Account Added User?',
  ],
  [
    'members who join by signing up',
    'plan: { default: starter }',
    'plan: { default: starter }\nmembers: { joined: [Signed Up] }',
    5,
    'members.joined[0]',
    'is a sign-up',
    'joins an account',
  ],
  [
    'an event of joining and leaving',
    'plan: { default: starter }',
    'plan: { default: starter }\nmembers: { left: Account Added User }',
    5,
    'members.left[0]',
    'both joining and leaving',
    'Remove one',
  ],
  [
    'users added up',
    'count: invites',
    'sum: invites\n    of: $user',
    25,
    'triggers.third_invite.of',
    '$user is no number',
    'count users',
  ],
  [
    'different users of one user',
    'count: invites',
    'distinct: invites\n    of: $user\n    per: user',
    25,
    'triggers.third_invite.of',
    'always that user',
    'per: account',
  ],
  [
    'half an event',
    'atLeast: 3',
    'atLeast: 2.5',
    26,
    'triggers.third_invite.atLeast',
    'no whole number',
    'Write 3',
  ],
  [
    'too many distinct values',
    'count: invites\n    within: 7d\n    atLeast: 3',
    'distinct: invites\n    of: invitee_role\n    atLeast: 257',
    26,
    'triggers.third_invite.atLeast',
    '257 different values',
    'at most 256',
  ],
  [
    'no height',
    '    atLeast: 3\n',
    '',
    23,
    'triggers.third_invite',
    'does not say at which height',
    'atLeast: 3',
  ],
  [
    'mixed heights',
    'atLeast: 100%',
    'atLeast: [9, 100%]',
    20,
    'triggers.reports_full.atLeast',
    'mixes shares and numbers',
    'two triggers',
  ],
  [
    'a height twice',
    'atLeast: 100%',
    'atLeast: [90%, 90%]',
    20,
    'triggers.reports_full.atLeast[1]',
    'stands here twice',
    'Remove one',
  ],
  [
    'a re-arming height above the threshold',
    'atLeast: 100%',
    'atLeast: 80%\n    rearmBelow: 90%',
    21,
    'triggers.reports_full.rearmBelow',
    'not between 0 and the lowest threshold',
    'at most 80%',
  ],
  [
    'a sequence of one step',
    'count: invites',
    'sequence: [invites]',
    24,
    'triggers.third_invite.sequence',
    'fewer than 2',
    '2 to 5 signals',
  ],
  [
    'a step that is no signal',
    'count: invites',
    'sequence: [reports, invits]',
    24,
    'triggers.third_invite.sequence[1]',
    'no signal invits',
    'Did you mean invites?',
  ],
  [
    'a sequence without a window',
    'count: invites\n    within: 7d',
    'sequence: [reports, invites]',
    23,
    'triggers.third_invite',
    'within which time',
    'within: 7d',
  ],
  [
    'more completions than are told apart',
    'count: invites\n    within: 7d\n    atLeast: 3',
    'sequence: [invites, reports, invites]\n    within: 7d\n    atLeast: 33',
    26,
    'triggers.third_invite.atLeast',
    '33 times are more',
    'at most 32',
  ],
  [
    'an elapsed time without its end',
    'count: invites',
    'elapsed: { from: invites }',
    24,
    'triggers.third_invite.elapsed.to',
    'is missing',
    'the signal that stops it',
  ],
  [
    'an elapsed time from a signal to itself',
    'count: invites\n    within: 7d\n    atLeast: 3',
    'elapsed: { from: invites, to: invites }\n    atMost: 2m',
    24,
    'triggers.third_invite.elapsed.to',
    'every time would be zero',
    'comes after',
  ],
  [
    'an elapsed time that is nowhere fast',
    'count: invites\n    within: 7d\n    atLeast: 3',
    'elapsed: { from: reports, to: invites }',
    23,
    'triggers.third_invite',
    'which time is fast',
    'atMost: 2m',
  ],
  [
    'a height of an elapsed time',
    'count: invites\n    within: 7d',
    'elapsed: { from: reports, to: invites }\n    atMost: 2m',
    26,
    'triggers.third_invite.atLeast',
    'means nothing for elapsed',
    'share: 80%',
  ],
  [
    'more than all of the times',
    'count: invites\n    within: 7d\n    atLeast: 3',
    'elapsed: { from: reports, to: invites }\n    atMost: 2m\n    share: 120%',
    26,
    'triggers.third_invite.share',
    'no part of a whole',
    'up to 100%',
  ],
  [
    'a share of a count',
    'count: invites',
    'count: invites\n    share: 80%',
    25,
    'triggers.third_invite.share',
    'means nothing for count',
    'belongs to elapsed',
  ],
  [
    'a trend without a window',
    'count: invites\n    within: 7d\n    atLeast: 3',
    'trend: invites\n    atLeast: 50%',
    23,
    'triggers.third_invite',
    'within which time',
    'within: 7d',
  ],
  [
    'a number of a trend',
    'count: invites',
    'trend: invites',
    26,
    'triggers.third_invite.atLeast',
    '3 is no growth',
    'such as 50%',
  ],
  [
    'a trend of one event',
    'count: invites',
    'trend: invites\n    min: 1',
    25,
    'triggers.third_invite.min',
    'is less than 2',
    '10 by default',
  ],
  [
    'a number of events of a count',
    'count: invites',
    'count: invites\n    min: 4',
    25,
    'triggers.third_invite.min',
    'means nothing for count',
    'belongs to trend',
  ],
  [
    'sessions of a whole account',
    'count: invites',
    'sessions: invites',
    24,
    'triggers.third_invite.sessions',
    'of one person',
    'per: user',
  ],
  [
    'sessions without a window',
    'count: invites\n    within: 7d',
    'sessions: invites\n    per: user',
    23,
    'triggers.third_invite',
    'within which time',
    'within: 7d',
  ],
  [
    'sessions that do not fit into their window',
    'count: invites\n    within: 7d',
    'sessions: invites\n    per: user\n    within: 1h',
    26,
    'triggers.third_invite.within',
    'can never fire: 3 sessions with pauses of 30 minutes do not fit into 1 hour',
    'longer window',
  ],
  [
    'sessions by pauses and by id',
    'count: invites',
    'sessions: invites\n    gap: 1h\n    sessionId: invitee_role',
    25,
    'triggers.third_invite.gap',
    'an id of their own',
    'Keep gap, or keep sessionId',
  ],
  [
    'a session id that no event carries',
    'count: invites',
    'sessions: invites\n    sessionId: sesion',
    25,
    'triggers.third_invite.sessionId',
    'carries sesion',
    'Add it under events',
  ],
  [
    'a pause of a count',
    'count: invites',
    'count: invites\n    gap: 1h',
    25,
    'triggers.third_invite.gap',
    'means nothing for count',
    'belongs to sessions',
  ],
  [
    'more sessions than are told apart',
    'count: invites\n    within: 7d\n    atLeast: 3',
    'sessions: invites\n    per: user\n    within: 90d\n    atLeast: 101',
    27,
    'triggers.third_invite.atLeast',
    '101 sessions are more',
    'at most 100',
  ],
  [
    'more weeks than are looked at',
    'count: invites\n    within: 7d\n    atLeast: 3',
    'weekly: invites\n    weeks: 4\n    atLeast: 5',
    26,
    'triggers.third_invite.atLeast',
    '5 weeks are more',
    'at most 4',
  ],
  [
    'more weeks than are kept',
    'count: invites\n    within: 7d\n    atLeast: 3',
    'weekly: invites\n    weeks: 14\n    atLeast: 5',
    25,
    'triggers.third_invite.weeks',
    'is more than 13',
    '2 to 13',
  ],
  [
    'a window of a weekly trigger',
    'count: invites',
    'weekly: invites',
    25,
    'triggers.third_invite.within',
    'means nothing for weekly',
    'count, sum, distinct',
  ],
  [
    'weeks of a count',
    'count: invites',
    'count: invites\n    weeks: 4',
    25,
    'triggers.third_invite.weeks',
    'means nothing for count',
    'belongs to weekly',
  ],
  [
    'a field of another measure',
    'atLeast: 100%',
    'atLeast: 100%\n    within: 7d',
    21,
    'triggers.reports_full.within',
    'means nothing for gauge',
    'count, sum, distinct',
  ],
  [
    'a sum of nothing',
    'count: invites',
    'sum: invites',
    24,
    'triggers.third_invite.sum',
    'no value that sum could read',
    'under of here',
  ],
  [
    'days added up',
    'count: invites',
    'sum: invites\n    of: $day',
    25,
    'triggers.third_invite.of',
    'no number',
    'Use distinct',
  ],
  [
    'an unknown condition',
    'where: { plan: starter }',
    'where: { plna: starter }',
    21,
    'triggers.reports_full.where.plna',
    'nothing that a trigger can test',
    'Did you mean plan?',
  ],
  [
    'a condition on an unknown plan',
    'where: { plan: starter }',
    'where: { plan: startr }',
    21,
    'triggers.reports_full.where.plan',
    'no plan startr',
    'Did you mean starter?',
  ],
  [
    'a condition on a trait that is not kept',
    'where: { plan: starter }',
    'where: { account.industri: saas }',
    21,
    'triggers.reports_full.where.account.industri',
    'is not kept',
    'Did you mean industry?',
  ],
  [
    'a quoted e-mail address',
    'gauge: reports',
    'gauge: reports\n    quotes: [owner_email]',
    20,
    'triggers.reports_full.quotes[0]',
    'never quotes an e-mail',
    'Remove it',
  ],
  [
    'an e-mail address in copy',
    'Bring the team',
    'For {{ user.email }}',
    40,
    'offers.team.copy.body',
    'never quotes an e-mail',
    'Remove it',
  ],
  [
    'an offer without a plan',
    '    plan: pro\n    copy:\n      headline: "{{ count }}',
    '    copy:\n      headline: "{{ count }}',
    36,
    'offers.team',
    'neither a plan nor an add-on',
    'plan with one of plans',
  ],
  [
    'an offer of an unknown plan',
    '    plan: pro\n',
    '    plan: prro\n',
    30,
    'offers.more_reports.plan',
    'no plan prro',
    'Did you mean pro?',
  ],
  [
    'an offer of the cheapest plan',
    '    plan: pro\n',
    '    plan: starter\n',
    30,
    'offers.more_reports.plan',
    'no plan is cheaper than starter',
    'dearer',
  ],
  [
    'an offer that is no step up where it is raised',
    'where: { plan: starter }',
    'where: { plan: pro }',
    22,
    'triggers.reports_full.offers[0]',
    'no step up',
    'dearer',
  ],
  [
    'an offer of two things',
    '    plan: pro\n',
    '    plan: pro\n    addon: { monthlyPrice: 9 }\n',
    29,
    'offers.more_reports',
    'at once',
    'Keep plan or addon',
  ],
  [
    'an add-on for nothing',
    '    plan: pro\n    copy:\n      headline: "{{ count',
    '    addon: { monthlyPrice: 0 }\n    copy:\n      headline: "{{ count',
    37,
    'offers.team.addon.monthlyPrice',
    'is zero',
    'above 0',
  ],
  [
    'an offer no trigger raises',
    'offers: [team]',
    'offers: [more_reports]',
    36,
    'offers.team',
    'no trigger raises',
    'offers: [team]',
  ],
  [
    'a price with three decimals',
    'monthlyPrice: 99',
    'monthlyPrice: 99.999',
    8,
    'plans.pro.monthlyPrice',
    'more than two decimals',
    '49.50',
  ],
  [
    'an unknown default plan',
    'default: starter',
    'default: free',
    4,
    'plan.default',
    'no plan free',
    'under plans',
  ],
  [
    'Liquid that is not closed',
    '{{ count }} invites',
    '{{ count invites',
    39,
    'offers.team.copy.headline',
    'is not Liquid',
    'Close every',
  ],
  [
    'a filter that reads the clock',
    'Bring the team',
    "{{ 'now' | date: '%Y' }}",
    40,
    'offers.team.copy.body',
    'filter date',
    'Use one of',
  ],
  [
    'a filter that is misspelled',
    'Bring the team',
    "{{ 'now' | upcas }}",
    40,
    'offers.team.copy.body',
    'filter upcas',
    'Did you mean upcase?',
  ],
  [
    'a file read by copy',
    'Bring the team',
    "{% include 'secrets' %}",
    40,
    'offers.team.copy.body',
    'tag include',
    'Use one of',
  ],
  [
    'copy that names what no trigger gives',
    '{{ count }} invites',
    '{{ cuont }} invites',
    39,
    'offers.team.copy.headline',
    'quotes cuont',
    'Did you mean count?',
  ],
  [
    'copy that names what nothing like it gives',
    'Bring the team',
    '{{ favourite_colour }}',
    40,
    'offers.team.copy.body',
    'quotes favourite_colour',
    'Quote one of count, threshold, window',
  ],
  [
    'copy that one of its triggers cannot fill',
    'offers: [team]',
    'offers: [team, more_reports]',
    32,
    'offers.more_reports.copy.headline',
    'third_invite',
    'default',
  ],
  [
    'an address that is none',
    'cta_url: https://example.com/\n',
    'cta_url: javascript:alert(1)\n',
    42,
    'offers.team.copy.cta_url',
    'not an address',
    'https://',
  ],
  ['a cap of zero', 'max: 1', 'max: 0', 45, 'guardrails.caps[0].max', 'less than 1', '1 to 60'],
  [
    'a cooldown of zero',
    'user: 7d, account',
    'user: 0h, account',
    46,
    'guardrails.cooldown.user',
    'is zero',
    '1 minute',
  ],
  [
    'a chance above one',
    'guardrails:',
    'economics: { priors: { limit: { prompt: 1.5, hold: 0.1 } } }\nguardrails:',
    43,
    'economics.priors.limit.prompt',
    'not below 1',
    'above 0 and below 1',
  ],
  [
    'a question that lowers the chance',
    'guardrails:',
    'economics: { priors: { limit: { prompt: 0.1, hold: 0.2 } } }\nguardrails:',
    43,
    'economics.priors.limit',
    'does not raise the chance',
    'prompt above hold',
  ],
  [
    'a price below zero',
    'monthlyPrice: 99',
    'monthlyPrice: -99',
    8,
    'plans.pro.monthlyPrice',
    'is less than 0',
    'such as 49',
  ],
  [
    'a window of a day and a half',
    'guardrails:',
    'economics: { attributionDays: 1.5 }\nguardrails:',
    43,
    'economics.attributionDays',
    'a fraction where a whole number belongs',
    'from 1 to 60',
  ],
  [
    'floors that leave no choice',
    'guardrails:',
    'learning: { epsNone: 0.35, epsArm: 0.02 }\nguardrails:',
    43,
    'learning',
    'epsNone plus 8 times epsArm is 0.5 or more',
    'Lower epsNone or epsArm',
  ],
  [
    'a holdout of all accounts',
    'guardrails:',
    'learning: { holdoutShare: 1 }\nguardrails:',
    43,
    'learning.holdoutShare',
    'is more than 0.5',
    'from 0 to 0.5',
  ],
  [
    'an unknown number of learning',
    'guardrails:',
    'learning: { halfLive: 100 }\nguardrails:',
    43,
    'learning.halfLive',
    'no field halfLive',
    'halfLifeDays',
  ],
  [
    'a key that stands twice',
    'plan: { default: starter }',
    'plan: { default: starter }\nplan: {}',
    5,
    'plan',
    'stands twice',
    'Remove or rename',
  ],
  [
    'a name in capitals',
    '  third_invite:',
    '  Third Invite:',
    23,
    'triggers.Third Invite',
    'not a name',
    'lower-case',
  ],
  [
    'a lesson that is adopted by a signal that is not there',
    '  team:\n    plan: pro\n',
    '  team:\n    teaches: teamwork\n    adoptedBy: invite\n',
    38,
    'offers.team.adoptedBy',
    'there is no signal invite',
    'Did you mean invites?',
  ],
  [
    'a price that is adopted',
    '  team:\n    plan: pro\n',
    '  team:\n    plan: pro\n    adoptedBy: invites\n',
    38,
    'offers.team.adoptedBy',
    'is for lessons',
    'Remove it',
  ],
  [
    'two lessons on a topic of which one is adopted by a signal',
    '  team:\n    plan: pro\n',
    '  tip: { teaches: teamwork, adoptedBy: invites, copy: { headline: a, body: b, cta_label: c, cta_url: https://a.example } }\n  team:\n    teaches: teamwork\n',
    37,
    'offers.team',
    'is adopted by another signal',
    'adoptedBy: invites, as in tip',
  ],
  [
    'sizes without a middle',
    'version: 1\n',
    'version: 1\nlearning: { sizes: { midFrom: 500, largeFrom: 500 } }\n',
    2,
    'learning.sizes',
    'leaves no mid-sized account',
    'midFrom below largeFrom',
  ],
  [
    'YAML that is not closed',
    'offers: [team]',
    'offers: [team',
    28,
    'playbook',
    'is not YAML',
    'quotes',
  ],
  [
    'a tab, of which the first complaint says enough',
    '    within: 7d',
    '\twithin: 7d',
    25,
    'playbook',
    'is not YAML: Tabs are not allowed',
    'Indent by spaces',
  ],
  [
    'what the hub itself reports, which is not to be added to events',
    'events: Invite Sent',
    'events: [Invite Sent, Prompt Shown]',
    15,
    'signals.invites.events[1]',
    'no event Prompt Shown',
    'the hub itself reports it',
  ],
  [
    'an alias of nothing',
    'offers: [team]',
    'offers: *team',
    27,
    'playbook',
    'is not YAML',
    'quotes',
  ],
];

describe('checkPlaybook', () => {
  it('finds nothing wrong with the ground that the mistakes are made on', () => {
    expect(problemsOf(smallPlaybook)).toEqual([]);
    expect(warningsOf(smallPlaybook)).toEqual([]);
  });

  it.each(mistakes)(
    'names line, field and mend of %s',
    (_, from, to, line, field, message, mend) => {
      const problems = problemsOf(smallPlaybookWith(from, to));
      const found = problems.find(
        (problem) => problem.field === field && problem.message.includes(message),
      );
      expect(found, problems.map(problemInWords).join('\n')).toMatchObject({
        file: 'playbook.yaml',
        line,
      });
      expect(found?.mend).toContain(mend);
    },
  );

  it('points at the column of the wrong value', () => {
    const [problem] = problemsOf(smallPlaybookWith('within: 7d', 'within: 91d'));
    expect(problem).toMatchObject({ line: 25, column: 13 });
  });

  it('reports mistakes of every section at once, sorted by place', () => {
    const source = smallPlaybookWith('version: 1', 'version: 1\nacount: {}')
      .replace('value: report_count', 'value: report_cuont')
      .replace('within: 7d', 'within: 100d')
      .replace('atLeast: 3', 'atLeast: 2.5')
      .replace('offers: [team]', 'offers: [team, taem]')
      .replace('{{ used }}', '{{ usd }}')
      .replace('max: 1', 'max: 0');
    expect(problemsOf(source).map((problem) => problem.field)).toEqual([
      'acount',
      'signals.reports.value',
      'triggers.third_invite.within',
      'triggers.third_invite.atLeast',
      'triggers.third_invite.offers[1]',
      'offers.more_reports.copy.headline',
      'guardrails.caps[0].max',
    ]);
  });

  it('says once that a misspelt field is misspelt, and not that it is missing too', () => {
    const problems = problemsOf(smallPlaybookWith('    atLeast: 3', '    atleast: 3'));
    expect(problems.map((problem) => problem.field)).toEqual(['triggers.third_invite.atleast']);
  });

  it('warns of a signal that no trigger reads', () => {
    const source = smallPlaybookWith(
      'valueMoment:',
      '  lonely: { events: page:Pricing }\nvalueMoment:',
    );
    expect(warningsOf(source)).toMatchObject([
      {
        line: 16,
        field: 'signals.lonely',
        message: 'no trigger reads this signal',
      },
    ]);
  });

  it('takes the signal by which a lesson is adopted for one that is read', () => {
    const withLesson = smallPlaybookWith(
      '  team:\n    plan: pro\n',
      '  team:\n    teaches: teamwork\n    adoptedBy: shared\n',
    ).replace('signals:\n', 'signals:\n  shared: { events: Invite Sent }\n');
    expect(problemsOf(withLesson)).toEqual([]);
    expect(warningsOf(withLesson)).toEqual([]);
    const unread = withLesson.replace('    adoptedBy: shared\n', '');
    expect(warningsOf(unread)).toMatchObject([{ field: 'signals.shared' }]);
  });

  it('warns that people without a name get no prompt when copy names them without a fallback', () => {
    expect(warningsOf(smallPlaybookWith('Bring the team', 'Hi {{ user.name }}'))).toMatchObject([
      {
        line: 40,
        field: 'offers.team.copy.body',
        message: 'whoever has no user.name gets no prompt',
      },
    ]);
    expect(
      warningsOf(smallPlaybookWith('Bring the team', "Hi {{ user.name | default: 'you' }}")),
    ).toEqual([]);
  });

  it('warns that a day of the week is not always known when copy names it without a fallback', () => {
    const weekly = smallPlaybookWith('count: invites\n    within: 7d', 'weekly: invites').replace(
      '{{ count }} invites in {{ window }}',
      'Every {{ weekday }}',
    );
    expect(warningsOf(weekly)).toMatchObject([
      { field: 'offers.team.copy.headline', message: 'whoever has no weekday gets no prompt' },
    ]);
    const sure = weekly.replace('{{ weekday }}', "{{ weekday | default: 'week' }}");
    expect(warningsOf(sure)).toEqual([]);
  });

  it('states how far the edges of a trend may be off when its window is short', () => {
    const trend = (within: string): string =>
      smallPlaybookWith(
        'count: invites\n    within: 7d\n    atLeast: 3',
        `trend: invites\n    within: ${within}\n    atLeast: 50%`,
      );
    expect(warningsOf(trend('1h'))).toMatchObject([
      {
        line: 25,
        field: 'triggers.third_invite.within',
        message: 'is short: beyond the newest 64 events its edges may be off by 30 minutes',
        mend: expect.stringContaining('longer window'),
      },
    ]);
    expect(warningsOf(trend('1d'))).toEqual([]);
    expect(warningsOf(trend('7d'))).toEqual([]);
  });

  it('prints a problem as file, line, column, field, message and mend', () => {
    const [problem] = problemsOf(smallPlaybookWith('within: 7d', 'within: 91d'));
    expect(problem === undefined ? '' : problemInWords(problem)).toBe(
      'playbook.yaml:25:13 triggers.third_invite.within: is too long: 91 days. Write 1 minute to 90 days.',
    );
  });

  it('never throws, and never calls arbitrary text a playbook', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string({ unit: 'binary' }),
          fc.json(),
          fc.jsonValue().map((value) => stringify(value)),
        ),
        (text) => {
          expect(checkPlaybook(text, 'x').kind).toBe('invalid');
        },
      ),
      { numRuns: 300 },
    );
  });

  it('never throws, whatever stands in any one place of a playbook', () => {
    const lines = smallPlaybook.split('\n');
    const junk = fc.oneof(
      fc.jsonValue().map((value) => JSON.stringify(value)),
      fc.string(),
      fc.constantFrom('', '~', '*a', '&a 1', '.nan', '.inf', '-1', '{{', '__proto__'),
    );
    fc.assert(
      fc.property(fc.nat({ max: lines.length - 1 }), junk, fc.boolean(), (at, value, keepKey) => {
        const line = lines[at] ?? '';
        const changed = keepKey
          ? line.replace(/: .*$/u, () => `: ${value}`)
          : `${/^ */u.exec(line)?.[0] ?? ''}${value}`;
        const checked = checkPlaybook(lines.with(at, changed).join('\n'), 'x');
        const problems = checked.kind === 'invalid' ? checked.problems : [];
        expect(checked.kind === 'valid' || problems.length > 0).toBe(true);
        for (const problem of problems) {
          expect(problem.line).toBeGreaterThan(0);
          expect(problem.message).not.toBe('');
          expect(problem.mend).not.toBe('');
        }
      }),
      { numRuns: 500 },
    );
  });
});
