/*
 * Which triggers of edu365-playbook.yaml must fire, worked out from the words of the playbook straight over the raw calls:
 * by brute force, day by day, without a line of the hub. A clock time plays no part, because only the days are real.
 */

/** One call of the edu365 log, as far as the rules look at it. */
export interface Edu365Call {
  readonly type: string;
  readonly messageId: string;
  readonly userId: string;
  /** ISO, UTC. */
  readonly timestamp: string;
  readonly event?: string;
  readonly properties?: { readonly courseId?: string; readonly minutes?: number };
  readonly traits?: { readonly plan?: string };
}

const usage = new Set([
  'Lesson Watched',
  'Quizzes Taken',
  'Exam Completed',
  'Course Rated',
  'Question Asked',
]);

/** What must fire, each as `<user> <trigger> <yyyy-mm-dd>`, sorted. `calls` is in the order of the log: by time. */
export function expectedFirings(calls: readonly Edu365Call[]): readonly string[] {
  const byUser = Map.groupBy(calls, (call) => call.userId);
  const fired = new Set<string>();
  for (const [user, own] of byUser) {
    for (const day of freePartUsedUp(own)) {
      fired.add(`${user} free_part_used_up ${day}`);
    }
    for (const day of daysOf(
      own.filter((call) => usage.has(call.event ?? '')),
      2,
    )) {
      fired.add(`${user} active_days ${day}`);
    }
    for (const day of daysOf(
      own.filter((call) => call.event === 'Exam Completed'),
      1,
    )) {
      fired.add(`${user} exam_taken ${day}`);
    }
  }
  return [...fired].toSorted();
}

/** Days on which the minutes of one course, all days together, came from below 40 to 40 or more while the plan was free. */
function freePartUsedUp(own: readonly Edu365Call[]): readonly string[] {
  const days: string[] = [];
  let plan = 'free';
  // In thousandths of a minute: tenths do not add up exactly in binary.
  const watched = new Map<string, number>();
  for (const call of own) {
    plan = call.traits?.plan ?? plan;
    const { courseId, minutes } = call.properties ?? {};
    if (call.event === 'Lesson Watched' && courseId !== undefined && minutes !== undefined) {
      const before = watched.get(courseId) ?? 0;
      const after = before + Math.round(minutes * 1000);
      watched.set(courseId, after);
      if (before < 40_000 && after >= 40_000 && plan === 'free') {
        days.push(dayOf(call));
      }
    }
  }
  return days;
}

/** Days with a call on which, of the 7 days up to this one, exactly the `wanted`th has a call. */
function daysOf(own: readonly Edu365Call[], wanted: number): readonly string[] {
  const days = [...new Set(own.map(dayOf))];
  return days.filter((today) => {
    const age = (day: string): number => (Date.parse(today) - Date.parse(day)) / 86_400_000;
    return days.filter((day) => age(day) >= 0 && age(day) <= 6).length === wanted;
  });
}

/** The UTC day of a call, `yyyy-mm-dd`. */
export function dayOf(call: Edu365Call): string {
  return call.timestamp.slice(0, 10);
}
