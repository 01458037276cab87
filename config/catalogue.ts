import { normalizeName, normalizePath } from '../src/core/event/name.ts';
import { readEventName } from './event-name.ts';
import type { SoundPart } from './check/shape.ts';

/** Events of the Segment B2B SaaS spec, exact names (https://segment.com/docs/connections/spec/b2b-saas/, read 2026-11). */
const segmentEvents: Readonly<Record<string, readonly string[]>> = {
  'Account Created': ['account_name'],
  'Account Deleted': ['account_name'],
  'Signed Up': ['type', 'first_name', 'last_name', 'email', 'phone', 'username', 'title'],
  'Signed In': ['username'],
  'Signed Out': ['username'],
  'Invite Sent': ['invitee_email', 'invitee_first_name', 'invitee_last_name', 'invitee_role'],
  'Account Added User': ['role'],
  'Account Removed User': [],
  'Trial Started': ['trial_start_date', 'trial_end_date', 'trial_plan_name'],
  'Trial Ended': ['trial_start_date', 'trial_end_date', 'trial_plan_name'],
  $identify: [
    ...[
      'address',
      'age',
      'avatar',
      'birthday',
      'company.id',
      'company.name',
      'company.plan',
      'createdAt',
      'description',
    ],
    ...[
      'email',
      'firstName',
      'gender',
      'id',
      'lastName',
      'name',
      'phone',
      'title',
      'username',
      'website',
    ],
  ],
  $group: [
    ...[
      'address',
      'avatar',
      'createdAt',
      'description',
      'email',
      'employees',
      'id',
      'industry',
      'name',
      'phone',
    ],
    ...['website', 'plan'],
  ],
};

/** Properties that every call of a kind may carry (Segment spec: track "reserved", page, screen). */
const reserved: Readonly<Record<string, readonly string[]>> = {
  track: ['revenue', 'currency', 'value'],
  page: ['name', 'category', 'path', 'referrer', 'search', 'title', 'url', 'keywords'],
  screen: ['name', 'category'],
};

/** Names under which products report that somebody signed up. Nothing is ever offered at that moment. */
const signups = new Set(
  [
    ...[
      'Signed Up',
      'Sign Up',
      'User Signed Up',
      'Account Created',
      'Trial Started',
      'User Created',
      'Registered',
    ],
    ...[
      'User Registered',
      'Registration Completed',
      'Account Registered',
      'Signup Completed',
      'Sign Up Completed',
    ],
  ].map(normalizeName),
);

/** Whether an event, as a playbook names it, reports a sign-up. */
export function isSignup(eventText: string): boolean {
  const { call, name } = readEventName(eventText);
  return call === 'track' && signups.has(normalizeName(name));
}

/** What is known of the product's events: Segment's spec and the playbook's own `events`. */
export interface Catalogue {
  /** Page and screen names are free; a track event must be known. */
  isKnown(eventText: string): boolean;
  /** All known names of track events, as written. */
  readonly names: readonly string[];
  /** The properties that at least one of the events carries, as written, each once. */
  propertiesOf(eventTexts: readonly string[]): readonly string[];
}

/** Builds the catalogue of a playbook. */
export function catalogueOf(playbook: Pick<SoundPart, 'events' | 'traits'>): Catalogue {
  const properties = new Map<string, string[]>();
  const add = (text: string, names: readonly string[]): void => {
    const { key } = readEventName(text);
    properties.set(key, [...(properties.get(key) ?? []), ...names]);
  };
  const own = Object.entries(playbook.events);
  for (const [text, names] of [...Object.entries(segmentEvents), ...own]) {
    add(text, names);
  }
  add('$identify', playbook.traits.user);
  add('$group', playbook.traits.account);
  const isFree = (text: string): boolean => ['page', 'screen'].includes(readEventName(text).call);
  return {
    isKnown: (text) => isFree(text) || properties.has(readEventName(text).key),
    names: [...own.map(([text]) => text), ...Object.keys(segmentEvents)].filter(
      (text) => !isFree(text),
    ),
    propertiesOf: (texts) => {
      const all = texts
        .map(readEventName)
        .flatMap(({ call, key }) => [...(properties.get(key) ?? []), ...(reserved[call] ?? [])]);
      return [...new Map(all.map((name) => [normalizePath(name), name])).values()];
    },
  };
}
