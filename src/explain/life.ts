import { lifeStates } from '../core/prompt/life.ts';
import type { Channel } from '../core/prompt/prompt.ts';
import type { DismissedUntil, Touch } from '../core/prompt/touch.ts';
import { utc } from '../core/utc.ts';

/** Prompts in the memory of an account or a person, each with its life so far. */
export function touchesInWords(touches: readonly Touch[]): readonly string[] {
  return touches.flatMap((touch) => [
    `  prompt  ${touch.offerId} to ${touch.userId === '' ? '(erased)' : touch.userId} at ${utc(touch.timeMs)}, ${touch.state} (${touch.decisionId})`,
    ...lifeInWords(touch),
  ]);
}

/** What became of one prompt: its channel, every state with its time, and what follows from it. */
export function lifeInWords(touch: Touch): readonly string[] {
  const states = lifeStates.flatMap((state) => {
    const timeMs = touch.at[state];
    return timeMs === undefined ? [] : [{ timeMs, words: `${state} ${utc(timeMs)}` }];
  });
  const inOrder = states
    .toSorted((left, right) => left.timeMs - right.timeMs)
    .map(({ words }) => words);
  const life = [`queued ${utc(touch.timeMs)}`, ...inOrder].join(', ');
  return [
    `  life    ${channelInWords(touch.channel)}: ${life}`,
    ...(touch.seenBy === undefined ? [] : [`  seen    ${seenInWords[touch.seenBy]}`]),
    ...(touch.dismissedUntil === undefined
      ? []
      : [`  answer  ${dismissedInWords[touch.dismissedUntil]}`]),
    ...(touch.followsId === undefined ? [] : [`  follows the prompt ${touch.followsId}`]),
    ...(touch.hasComplaint ? ['  blamed  for a ticket within a day of it, or a spam report'] : []),
  ];
}

/** A channel as people call it. */
export function channelInWords(channel: Channel): string {
  switch (channel) {
    case 'intercom':
      return 'in the product';
    case 'sendgrid':
      return 'by e-mail';
    default:
      return channel satisfies never;
  }
}

const seenInWords = {
  receipt: 'told by the channel',
  activity: 'presumed, because the person went on using the product',
} as const satisfies Record<NonNullable<Touch['seenBy']>, string>;

const dismissedInWords = {
  cooldown: 'not now',
  next_period: 'not before the next period',
  never: 'never again',
} as const satisfies Record<DismissedUntil, string>;
