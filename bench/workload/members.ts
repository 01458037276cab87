import type { Event } from '../../src/core/event/event.ts';
import type { EventInput } from '../../src/core/input.ts';
import { dayMs } from '../../src/core/duration.ts';
import { createRandom } from './random.ts';

/** What the members of one account do, from their joining on. */
export interface MemberUse {
  /** Each member's joining, over the 80 days before, a third of them as editors. */
  joins(): readonly EventInput[];
  /** So many events: one in ten of any member's membership (a role, a group call, a leaving, a coming), the rest use by five of them. */
  uses(events: number): readonly EventInput[];
}

const roles = ['viewer', 'editor', 'admin'] as const;
const usage = [
  'Feature Opened',
  'Workflow Completed',
  'Report Exported',
  'Signed In',
  'Filter Applied',
];

/** The same label and number of members give the same events. */
export function createMemberUse(label: string, members: number, nowMs: number): MemberUse {
  const random = createRandom(members);
  const below = (limit: number): number => Math.floor(random() * limit);
  const startMs = nowMs - 90 * dayMs;
  let made = 0;

  const input = (part: Partial<Event> & Pick<Event, 'timeMs'>): EventInput => {
    made += 1;
    const messageId = `${label}-${made}`;
    const event: Event = {
      messageId,
      call: 'track',
      name: '',
      receivedMs: part.timeMs,
      userId: `user-${label}-${below(members)}`,
      anonymousId: undefined,
      accountId: label,
      properties: {},
      traits: {},
      // Nothing is offered, so that the price of counting is measured and not that of deciding.
      isReplay: true,
      ...part,
    };
    return { kind: 'event', id: messageId, dedupeDay: undefined, receivedMs: part.timeMs, event };
  };

  const membership = (timeMs: number): EventInput => {
    const kind = below(4);
    if (kind === 0) {
      return input({ call: 'group', timeMs });
    }
    return kind === 1
      ? input({ call: 'identify', timeMs, traits: { role: roles[below(3)] ?? 'viewer' } })
      : input({ name: kind === 2 ? 'Account Removed User' : 'Account Added User', timeMs });
  };

  return {
    joins: () =>
      Array.from({ length: members }, (_, at) =>
        input({
          name: 'Account Added User',
          userId: `user-${label}-${at}`,
          timeMs: startMs + Math.floor((at / members) * 80 * dayMs),
          properties: { role: roles[at % 3] ?? 'viewer' },
        }),
      ),
    uses: (events) =>
      Array.from({ length: events }, () => {
        const timeMs = nowMs + made;
        return below(10) === 0
          ? membership(timeMs)
          : input({
              // Five are busy, however many there are: else the many would each have done little and be cheap for it.
              userId: `user-${label}-${Math.floor((below(5) / 5) * members)}`,
              name: usage[below(usage.length)] ?? '',
              timeMs,
              properties: { feature: `f${below(9)}`, tier: 'pro', kind: 'advanced' },
            });
      }),
  };
}
