import { describe, expect, it } from 'vitest';
import { dayMs, hourMs } from '../../../src/core/duration.ts';
import { event, noon, playbookOf } from '../account/world.ts';
import { did, reaction, sent, Story, yaml } from './scenario.ts';

const tries = [noon - hourMs, noon].map((at) =>
  did('Integration Tried', at, { integration: 'Salesforce' }),
);

/** Salesforce was tried twice and the prompt went out. */
function prompted(...rules: ConstructorParameters<typeof Story>) {
  const story = new Story(...rules);
  story.tell(...tries);
  const [first] = story.decisions;
  expect(first).toMatchObject({ chosen: 'connect' });
  story.tell(sent(first, noon + 1000));
  return { story, first };
}

describe('the e-mail that follows a prompt', () => {
  it('names the moment in the words of the reader, once, the day after a dismissal', () => {
    const { story, first } = prompted();
    story.tell(reaction(first, { kind: 'dismissed', until: 'cooldown' }, noon + hourMs));
    story.until(noon + 30 * dayMs);
    expect(story.prompts.map(({ channel, followsId }) => [channel, followsId])).toEqual([
      ['intercom', undefined],
      ['sendgrid', first?.decisionId],
    ]);
    expect(story.prompts[1]).toMatchObject({
      words: { body: 'Yesterday you tried to connect Salesforce', subject: 'Connect Salesforce' },
      contact: { email: 'lena@example.com' },
      decidedMs: noon + 21 * hourMs,
    });
    const [touch] = story.until(noon + 30 * dayMs).view.account.touches;
    expect(touch?.state).toBe('followed_up');
  });

  it('follows a prompt that was seen and ignored until its time was over', () => {
    const { story, first } = prompted();
    story.tell(reaction(first, { kind: 'seen' }, noon + 5000));
    story.until(noon + 71 * hourMs);
    expect(story.prompts).toHaveLength(1);
    story.until(noon + 4 * dayMs);
    expect(story.prompts.map(({ channel }) => channel)).toEqual(['intercom', 'sendgrid']);
  });

  it('never follows a prompt of which nothing says that it was seen', () => {
    const { story } = prompted();
    const { view } = story.until(noon + 30 * dayMs);
    expect(story.prompts).toHaveLength(1);
    expect(view.account.touches[0]?.state).toBe('not_seen');
  });

  it('follows an unseen prompt where the playbook says so', () => {
    const mailed = playbookOf(yaml.replace('guardrails:', 'guardrails:\n  whenNotSeen: email'));
    const { story } = prompted({ playbook: mailed, mode: 'live' });
    story.until(noon + 30 * dayMs);
    expect(story.prompts.map(({ channel }) => channel)).toEqual(['intercom', 'sendgrid']);
  });

  it('takes going on with the product for having seen it only where the playbook says so', () => {
    const presuming = playbookOf(yaml.replace('guardrails:', 'guardrails:\n  presumeSeen: true'));
    const seen = [presuming, playbookOf(yaml)].map((playbook) => {
      const { story } = prompted({ playbook, mode: 'live' });
      story.tell(did('Exported', noon + 2 * hourMs));
      return story.until(noon + 30 * dayMs).view.account.touches[0];
    });
    expect(seen[0]).toMatchObject({ state: 'followed_up', seenBy: 'activity' });
    expect(seen[1]).toMatchObject({ state: 'not_seen', seenBy: undefined });
  });

  it('does not take the activity of somebody else, or of before, for having seen it', () => {
    const presuming = playbookOf(yaml.replace('guardrails:', 'guardrails:\n  presumeSeen: true'));
    const { story } = prompted({ playbook: presuming, mode: 'live' });
    story.tell(did('Exported', noon + 500), did('Exported', noon + hourMs, {}, 'otto'));
    expect(story.until(noon + 30 * dayMs).view.account.touches[0]?.state).toBe('not_seen');
  });

  it.each(['next_period', 'never'] as const)('never follows a dismissal that says %s', (until) => {
    const { story, first } = prompted();
    story.tell(reaction(first, { kind: 'dismissed', until }, noon + hourMs));
    story.until(noon + 30 * dayMs);
    expect(story.prompts).toHaveLength(1);
  });

  it('hears "never" also when it comes after "not now"', () => {
    const { story, first } = prompted();
    story.tell(
      reaction(first, { kind: 'dismissed', until: 'cooldown' }, noon + hourMs),
      reaction(first, { kind: 'dismissed', until: 'never' }, noon + 2 * hourMs),
    );
    story.until(noon + 30 * dayMs);
    expect(story.prompts).toHaveLength(1);
  });

  it('never follows when the person said "never" to an earlier prompt of the same offer meanwhile', () => {
    const story = new Story({
      playbook: playbookOf(
        yaml.replace(
          'guardrails:',
          'guardrails:\n  caps: [{ per: user, max: 9, within: 30d }]\n  cooldown: { user: 1d, account: 1d }\n  promptOpenFor: 12h\n  afterDismissal: { offer: 1d, family: 1d }',
        ),
      ),
      mode: 'live',
    });
    story.tell(...tries);
    const [earlier] = story.decisions;
    story.tell(
      sent(earlier, noon + 1000),
      ...tries.map(({ id }, at) =>
        did('Integration Tried', noon + 3 * dayMs + at, { integration: `Salesforce ${id.length}` }),
      ),
    );
    const later = story.decisions.at(-1);
    expect(later).toMatchObject({ chosen: 'connect' });
    story.tell(
      sent(later, noon + 3 * dayMs + 1000),
      reaction(later, { kind: 'dismissed', until: 'cooldown' }, noon + 3 * dayMs + hourMs),
      reaction(earlier, { kind: 'dismissed', until: 'never' }, noon + 3 * dayMs + 2 * hourMs),
    );
    story.until(noon + 30 * dayMs);
    expect(story.prompts.map(({ channel }) => channel)).toEqual(['intercom', 'intercom']);
    expect(story.decisions.at(-1)).toMatchObject({
      followsId: later?.decisionId,
      chosen: undefined,
      refused: [{ refusal: { reason: 'dismissed', of: 'offer', untilMs: undefined } }],
    });
  });

  it('never follows a click', () => {
    const { story, first } = prompted();
    story.tell(reaction(first, { kind: 'clicked' }, noon + hourMs));
    story.until(noon + 30 * dayMs);
    expect(story.prompts).toHaveLength(1);
  });

  it('says why it keeps silent when a ticket was opened meanwhile', () => {
    const { story, first } = prompted();
    story.tell(
      reaction(first, { kind: 'dismissed', until: 'cooldown' }, noon + hourMs),
      did('Ticket', noon + 18 * hourMs, { id: 't1' }, 'otto'),
    );
    story.until(noon + 30 * dayMs);
    expect(story.prompts).toHaveLength(1);
    expect(story.decisions[1]).toMatchObject({
      followsId: first?.decisionId,
      chosen: undefined,
      refused: [{ refusal: { reason: 'support_ticket' } }],
    });
  });

  it('needs an address', () => {
    const { story, first } = prompted();
    story.tell(
      event({ id: 'gone', call: 'identify', timeMs: noon + 1, traits: { email: '' } }),
      reaction(first, { kind: 'dismissed', until: 'cooldown' }, noon + hourMs),
    );
    story.until(noon + 30 * dayMs);
    expect(story.decisions[1]?.refused[0]?.refusal.reason).toBe('no_address');
  });

  it('waits for the morning where the person is', () => {
    const { story, first } = prompted();
    story.tell(
      event({ id: 'tz', call: 'identify', timeMs: noon, traits: { timezone: 'Asia/Tokyo' } }),
      reaction(first, { kind: 'dismissed', until: 'cooldown' }, noon + 4 * hourMs),
    );
    story.until(noon + 30 * dayMs);
    // Due at noon UTC of the next day, 21:00 in Tokyo; 08:00 there is 23:00 UTC.
    expect(story.prompts[1]).toMatchObject({
      decidedMs: noon + dayMs,
      notBeforeMs: noon + dayMs + 11 * hourMs,
      words: { body: 'Yesterday you tried to connect Salesforce' },
    });
  });

  it('counts against the caps like any other: none where the cap is one', () => {
    const capped = playbookOf(
      yaml.replace('guardrails:', 'guardrails:\n  caps: [{ per: user, max: 1, within: 7d }]'),
    );
    const { story, first } = prompted({ playbook: capped, mode: 'live' });
    story.tell(reaction(first, { kind: 'dismissed', until: 'cooldown' }, noon + hourMs));
    story.until(noon + 30 * dayMs);
    expect(story.decisions[1]?.refused[0]?.refusal).toMatchObject({ reason: 'frequency_cap' });
  });
});

describe('the e-mail about a limit', () => {
  const full = did('Report Created', noon, { reportcount: 10 });
  const dismissed = () => {
    const story = new Story();
    story.tell(full);
    const [first] = story.decisions;
    story.tell(
      sent(first, noon + 1000),
      reaction(first, { kind: 'dismissed', until: 'cooldown' }, noon + hourMs),
    );
    return story;
  };

  it('goes out while the limit is still used up', () => {
    const story = dismissed();
    story.until(noon + 2 * dayMs);
    expect(story.prompts.map(({ channel }) => channel)).toEqual(['intercom', 'sendgrid']);
  });

  it.each([
    [
      'usage has dropped',
      did('Report Created', noon + 5 * hourMs, { reportcount: 6 }),
      'usage has dropped since',
    ],
    [
      'the plan changed in the traits',
      event({ id: 'pro', call: 'group', timeMs: noon + 5 * hourMs, traits: { plan: 'pro' } }),
      'what the trigger asks of the account and the person is no longer so',
    ],
  ])('stays away when %s', (_, meanwhile, detail) => {
    const story = dismissed();
    story.tell(meanwhile);
    story.until(noon + 2 * dayMs);
    expect(story.prompts).toHaveLength(1);
    expect(story.decisions[1]?.refused[0]?.refusal).toEqual({ reason: 'moment_over', detail });
  });
});

describe('a prompt whose offer is bought', () => {
  it('is converted, and no e-mail follows it', () => {
    const story = new Story();
    story.tell(did('Report Created', noon, { reportcount: 10 }));
    const [first] = story.decisions;
    story.tell(
      sent(first, noon + 1000),
      reaction(first, { kind: 'dismissed', until: 'cooldown' }, noon + hourMs),
      did('Upgraded', noon + 5 * hourMs),
    );
    const { view } = story.until(noon + 30 * dayMs);
    expect(story.decisions).toHaveLength(1);
    expect(view.account.touches[0]).toMatchObject({
      state: 'converted',
      at: { converted: noon + 5 * hourMs },
    });
  });

  it('is taken back when it still waits to be sent', () => {
    const story = new Story();
    story.tell(did('Report Created', noon, { reportcount: 10 }));
    const { effects } = story.tell(did('Upgraded', noon + 1000));
    expect(effects).toContainEqual({
      kind: 'withdraw',
      decisionId: story.decisions[0]?.decisionId,
      because: expect.objectContaining({ reason: 'bought_lately' }),
    });
  });
});

describe('an e-mail alone', () => {
  const exports = [2, 1, 0].map((ago) => did('Exported', noon - ago * hourMs));

  it('exists where the playbook says so in words', () => {
    const story = new Story();
    story.tell(...exports);
    expect(story.prompts).toMatchObject([
      { channel: 'sendgrid', followsId: undefined, offerId: 'schedule' },
    ]);
  });

  it('is shown in the product to a person without an address', () => {
    const story = new Story();
    story.tell(
      event({ id: 'gone', call: 'identify', timeMs: noon - 50 * hourMs, traits: { email: '' } }),
      ...exports,
    );
    expect(story.prompts).toMatchObject([{ channel: 'intercom', offerId: 'schedule' }]);
  });
});
