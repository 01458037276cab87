import { z } from 'zod';
import { type BenchRedis, startBenchRedis } from '../harness/bench-redis.ts';
import { type Benchmark, figuresOf, ratios, type RunSettings } from '../harness/benchmark.ts';
import { type Child, startChild } from '../harness/child.ts';
import type { Marked } from '../harness/mark.ts';
import { type Contestant, interleave, samplesOf } from '../harness/rounds.ts';
import { measure, ratesOf, type Sample } from '../harness/sample.ts';
import { type Closing, closing } from '../harness/closing.ts';
import { drive, prepareLoad } from './load-requests.ts';

/*
 * Accepting over HTTP: the whole way of an event from the socket to a job in Redis, against a Fastify route that parses
 * the JSON and answers. No worker runs; the queues are emptied before each round.
 */

const ceiling = 'do nothing';

/** Who is measured in which style, and against what goals (hot-path section 5). */
const styles = [
  {
    style: 'webhook',
    connections: 64,
    requests: 30_000,
    eventsPerRequest: 1,
    marks: { everysec: { must: 0.75, stretch: 0.8 }, always: { must: 0.6, stretch: 0.67 } },
  },
  {
    style: 'batch',
    connections: 8,
    requests: 1_500,
    eventsPerRequest: 100,
    marks: { everysec: { must: 0.6, stretch: 0.7 }, always: { must: 0.55, stretch: 0.65 } },
  },
] as const;

type Style = (typeof styles)[number];

interface Server {
  readonly name: string;
  readonly process: Child;
  readonly port: number;
  readonly redis: BenchRedis | undefined;
}

/** HTTP accept of the hub over a do-nothing route, single signed events and batches of 100, with both kinds of fsync. */
export const accept: Benchmark = {
  name: 'accept',
  async run(settings) {
    await using stack = closing();
    const load = stack.use(startChild('load'));
    const servers = [
      await startDoNothing(stack.use(startChild('do-nothing', settings.profileFolder))),
      await startApi('everysec', stack, settings),
      await startApi('always', stack, settings),
    ];
    const outcomes = [];
    for (const style of styles) {
      outcomes.push(await runStyle(style, servers, load, settings));
    }
    return {
      marks: outcomes.flatMap(({ marks }) => marks),
      figures: outcomes.flatMap(({ figures }) => figures),
      notes: [
        'Node us is the CPU of the server process alone. Events of about 1 KB; webhook requests carry X-Signature.',
      ],
    };
  },
};

async function startDoNothing(process: Child): Promise<Server> {
  return { name: ceiling, process, port: await process.ask('start', z.number()), redis: undefined };
}

async function startApi(
  name: 'everysec' | 'always',
  stack: Closing,
  settings: RunSettings,
): Promise<Server> {
  const redis = stack.use(await startBenchRedis(name));
  const process = stack.use(startChild('hub', settings.profileFolder));
  const durability = name === 'always' ? 'strict' : 'standard';
  const params = { role: 'api', path: redis.target.path, durability, valueAtLeast: 9 };
  const port = await process.ask('start', z.number(), params);
  await redis.remember();
  return { name, process, port, redis };
}

async function runStyle(
  style: Style,
  servers: readonly Server[],
  load: Child,
  settings: RunSettings,
) {
  settings.progress.show(`${style.style}: making requests`);
  const requests = Math.ceil(style.requests * settings.scale);
  await prepareLoad(load, style.style, {
    label: style.style,
    seed: 1,
    events: requests * style.eventsPerRequest,
    accounts: 1_000,
    usersPerAccount: 3,
    order: 'spread',
    nowMs: Date.now(),
    hasDisorder: false,
  });
  const samples = await interleave(
    servers.map((server) => contestant(server, style, requests, load)),
    settings.rounds,
    settings.progress,
  );
  const nothing = samplesOf(samples, ceiling);
  const perSecond = (sample: Sample): number => ratesOf(sample).perSecond;
  const marks = (['everysec', 'always'] as const).map(
    (name): Marked => ({
      name: `accept ${style.style}, ${name}, of do-nothing`,
      unit: 'x',
      better: 'higher',
      ...style.marks[name],
      values: ratios(samplesOf(samples, name), nothing, perSecond),
    }),
  );
  return {
    marks,
    figures: [...samples].map(([name, of]) => figuresOf(`${style.style}: ${name}`, of)),
  };
}

function contestant(server: Server, style: Style, requests: number, load: Child): Contestant {
  // The first tenth settles connections and buffers.
  const warm = Math.ceil(requests / 10);
  const { port } = server;
  const { connections } = style;
  return {
    name: server.name,
    async round() {
      await server.redis?.empty();
      await drive(load, { port, connections, from: 0, to: warm });
      return measure({ processes: [server.process], redis: server.redis }, () =>
        drive(load, { port, connections, from: warm, to: requests }),
      );
    },
  };
}
