import {
  type Benchmark,
  figuresOf,
  type Outcome,
  ratios,
  type RunSettings,
} from '../harness/benchmark.ts';
import { closing } from '../harness/closing.ts';
import { interleave, samplesOf } from '../harness/rounds.ts';
import { ratesOf } from '../harness/sample.ts';
import type { StreamShape } from '../workload/stream.ts';
import { type Consumer, startConsumer } from './consumers.ts';

/*
 * Consuming: count, trigger, guard, decide, write, for a stream that lies ready in the queue. The hub's worker against the
 * ordinary build of bench/ordinary. In the warm-up round both consume the same stream, and nobody's speed is told unless
 * they counted the same and the same triggers fired. Beside them a raw stream of Redis, packed as the hub's jobs are, is
 * read, taken apart and acknowledged: the limit of which the hub's speed is a share.
 */

const ordinary = 'ordinary build';
const hub = 'hub';
const limit = 'raw stream, read and ack';
/** The limit is too fast to be measured on one stream. */
const limitCopies = 20;
const eventsPerAccount = 24;

/** The hub's worker over the ordinary build, on spread accounts and on runs of five events per account. */
export const consume: Benchmark = {
  name: 'consume',
  async run(settings) {
    await using stack = closing();
    const { profileFolder } = settings;
    const consumers = [
      await startConsumer(stack, {
        name: ordinary,
        program: 'ordinary',
        triggers: 20,
        profileFolder,
      }),
      await startConsumer(stack, { name: hub, program: 'consumer', triggers: 20, profileFolder }),
    ];
    const rawStream = await startConsumer(stack, {
      name: limit,
      program: 'raw-stream',
      triggers: 20,
      copies: limitCopies,
      profileFolder,
    });
    const spread = await runOrder('spread', [25, 0.04], consumers, rawStream, settings);
    const locality = await runOrder('locality', [50, 0.1], consumers, rawStream, settings);
    return {
      marks: [...spread.marks, ...locality.marks],
      figures: [...spread.figures, ...locality.figures],
      notes: [...spread.notes, ...locality.notes],
    };
  },
};

async function runOrder(
  order: 'spread' | 'locality',
  [stretchOverOrdinary, stretchOfLimit]: readonly [number, number],
  consumers: readonly Consumer[],
  rawStream: Consumer,
  settings: RunSettings,
): Promise<Outcome> {
  const accounts = Math.ceil(1_000 * settings.scale);
  const streamOf = (round: number): StreamShape => ({
    label: `${order}-${round}`,
    seed: 7 + round,
    events: accounts * eventsPerAccount,
    accounts,
    usersPerAccount: 3,
    order,
    nowMs: Date.now(),
    hasDisorder: true,
  });
  const small = Math.ceil(accounts / 3);
  const proof = await proveEqual(
    consumers,
    { ...streamOf(0), accounts: small, events: small * eventsPerAccount },
    settings,
  );
  const samples = await interleave(
    [...consumers, rawStream].map((consumer) => ({
      name: consumer.name,
      round: (number) => consumer.consume(streamOf(number + 1)),
    })),
    settings.rounds,
    settings.progress,
  );
  const speedOver = (other: string): readonly number[] =>
    ratios(samplesOf(samples, hub), samplesOf(samples, other), (one) => ratesOf(one).perSecond);
  return {
    marks: [
      {
        name: `consume + count + decide over the ordinary build, ${order}`,
        unit: 'x',
        better: 'higher',
        must: 15,
        stretch: stretchOverOrdinary,
        values: speedOver(ordinary),
      },
      {
        name: `consume + count + decide of the raw stream's limit, ${order}`,
        unit: 'x',
        better: 'higher',
        must: 0.03,
        stretch: stretchOfLimit,
        values: speedOver(limit),
      },
    ],
    figures: [...samples].map(([name, of]) => figuresOf(`${order}: ${name}`, of)),
    notes: [proof],
  };
}

/** Throws unless all consumers make the same of the stream. */
async function proveEqual(
  consumers: readonly Consumer[],
  stream: StreamShape,
  settings: RunSettings,
): Promise<string> {
  const outcomes = [];
  for (const consumer of consumers) {
    settings.progress.show(`${stream.order}: proving equal outputs, ${consumer.name}`);
    await consumer.consume(stream);
    outcomes.push({ name: consumer.name, ...(await consumer.outputs()) });
  }
  const [first] = outcomes;
  if (
    first === undefined ||
    first.fired === 0 ||
    outcomes.some(({ hash }) => hash !== first.hash)
  ) {
    const all = outcomes
      .map(({ name, hash, fired }) => `${name} ${hash.slice(0, 12)} with ${fired} fired`)
      .join(', ');
    throw new Error(
      `The outputs of the builds differ on the ${stream.order} stream (${all}), so no speed is told.`,
    );
  }
  const prompts = outcomes.map(({ name, prompts }) => `${name} ${prompts}`).join(', ');
  return `Equal outputs, ${stream.order}: ${stream.events} events, ${stream.accounts} accounts, ${first.fired} triggers fired, hash ${first.hash.slice(0, 12)}; prompts: ${prompts}.`;
}
