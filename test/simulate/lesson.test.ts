import { expect, it } from 'vitest';
import { loadPlaybook } from '../../src/cli/load-playbook.ts';
import { createHub } from '../../src/simulate/hub.ts';
import type { Policy } from '../../src/simulate/policy.ts';
import { run } from '../../src/simulate/run.ts';
import { World } from '../../src/simulate/world.ts';

const { economics, guardrails, learning } = loadPlaybook(undefined).playbook;
const settings = { world: World.parse({ name: 'base' }), seed: 5, accounts: 80, days: 200 };

/** What the hub asked while it heard of lessons that were learned, or of none. */
function asked(isTold: boolean) {
  const log: string[] = [];
  let learned = 0;
  const mode = 'learn' as const;
  const hub = { name: 'ours', isFrozen: false, isBlindToHold: false };
  const own = { economics, guardrails, learning: { ...learning, mode, holdoutShare: 0 } };
  run(settings, (): Policy => {
    const policy = createHub(settings.seed, { ...hub, ...own });
    return {
      ...policy,
      ask(moment) {
        const question = policy.ask(moment);
        if (question !== undefined) {
          log.push(`${moment.account} ${moment.day} ${question.offer}`);
        }
        return question;
      },
      hear(account, day, reaction) {
        learned += reaction.kind === 'learned' ? 1 : 0;
        if (isTold || reaction.kind !== 'learned') {
          policy.hear(account, day, reaction);
        }
      },
    };
  });
  return { log, learned };
}

it('the simulated hub hears that a lesson was learned, and decides otherwise than one that does not', () => {
  const [told, deaf] = [asked(true), asked(false)];
  expect(told.learned).toBeGreaterThan(5);
  expect(told.log.length).toBeGreaterThan(50);
  expect(told.log).not.toEqual(deaf.log);
});
