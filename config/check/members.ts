import { isSignup, type Catalogue } from '../catalogue.ts';
import type { CheckContext } from './names.ts';
import { didYouMean } from './nearest.ts';

/** Checks the events by which members come and go: they are known, and none of them is a sign-up. */
export function checkMembers({ playbook, report }: CheckContext, catalogue: Catalogue): void {
  for (const part of ['joined', 'left'] as const) {
    playbook.members[part].forEach((event, at) => {
      const path = ['members', part, at];
      if (!catalogue.isKnown(event)) {
        const otherwise = `Add it under events with its properties, such as ${event}: []`;
        report.add(
          path,
          `there is no event ${event}`,
          didYouMean(event, catalogue.names, otherwise),
        );
      } else if (isSignup(event)) {
        const mend = 'Name the event by which somebody joins an account that is there';
        report.add(path, `${event} is a sign-up, and nothing is ever offered at one`, mend);
      } else if (part === 'left' && playbook.members.joined.includes(event)) {
        report.add(path, `${event} cannot mean both joining and leaving`, 'Remove one of them');
      }
    });
  }
}
