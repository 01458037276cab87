import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { z } from 'zod';
import { Fault } from './core/fault.ts';
import { type LogLevel, logLevels } from './log.ts';
import { type Secrets, secretNames, withMadeSecrets } from './secrets.ts';

/** Everything the environment says, parsed once. Secrets that were not given have been made. */
export interface Environment {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Where the stand-in of Intercom listens: ten above `port`; 0 when that is 0. */
  readonly sandboxPort: number;
  /** None: the hub starts a Redis of its own. Several: nodes of a cluster. `unix:/path` is a socket. */
  readonly redisUrls: readonly string[];
  readonly durability: 'standard' | 'strict';
  readonly lanes: number;
  /** Path of the playbook; undefined: the one that ships. */
  readonly playbook: string | undefined;
  readonly mode: 'live' | 'shadow';
  /** Absolute path of the folder of the own Redis, the secrets and the sandbox. */
  readonly dataDir: string;
  readonly logLevel: LogLevel;
  /** Where people reach the hub; default: `http://HOST:PORT`. */
  readonly publicUrl: string;
  readonly secrets: Secrets;
  /** Names of the secrets that were made just now. */
  readonly newSecrets: readonly string[];
  readonly intercom: {
    readonly accessToken: string | undefined;
    readonly baseUrl: string | undefined;
  };
  readonly hubspot: HubspotEnvironment;
}

/** What the environment says of HubSpot. */
export interface HubspotEnvironment {
  readonly accessToken: string | undefined;
  readonly baseUrl: string | undefined;
  /** Where deals begin, `pipeline/stage`; undefined: no deals. */
  readonly deals: string | undefined;
  readonly fallbackOwnerId: string | undefined;
  readonly createFor: 'none' | 'paying' | 'all';
  readonly intervalSeconds: number;
  readonly requestsPer10s: number;
  readonly requestsPerDay: number;
  readonly newsPerDay: number;
}

/** Variables as the platform gives them. */
export type Variables = Readonly<Record<string, string | undefined>>;

const port = z
  .string()
  .regex(/^\d{1,5}$/u, 'is not a port; give a whole number from 0 to 65535')
  .transform(Number)
  .refine((value) => value <= 65_535, 'is not a port; give a whole number from 0 to 65535');

const httpUrlLike = (example: string) =>
  z.url({
    protocol: /^https?$/u,
    error: `is not an http or https address; give one such as ${example}`,
  });
const httpUrl = httpUrlLike('https://api.intercom.io');

const redisUrls = z
  .string()
  .transform((text) => text.split(',').map((url) => url.trim()))
  .refine(
    (urls) => urls.every((url) => /^(?:rediss?:\/\/[^\s]+|unix:(?:\/\/)?\/[^\s]+)$/u.test(url)),
    'is not an address of Redis; give redis://host:6379, rediss://..., unix:/path/to/socket, or several nodes of a cluster separated by commas',
  )
  .refine(
    (urls) => urls.length === 1 || urls.every((url) => !url.startsWith('unix:')),
    'names a socket among several nodes; a cluster has redis:// addresses only',
  );

const secret = z
  .string()
  .regex(
    /^[\x21-\x7e]+$/u,
    'must be one word of plain characters; make one with `openssl rand -hex 24`',
  );

const oneOf = <const Values extends readonly string[]>(values: Values) =>
  z.enum(values, { error: `must be one of ${values.join(', ')}` });

const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/u, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine(
      (value) => value >= min && value <= max,
      `must be a whole number from ${min} to ${max}`,
    );

const schema = z.object({
  HOST: z
    .string()
    .regex(/^[\w.:-]+$/u, 'is not a host name or address; give 127.0.0.1 or 0.0.0.0')
    .default('127.0.0.1'),
  PORT: port.default(8080),
  REDIS_URL: redisUrls.optional(),
  DURABILITY: oneOf(['standard', 'strict']).default('standard'),
  LANES: z
    .string()
    .regex(/^(?:[1-9]|1[0-6])$/u, 'must be a whole number from 1 to 16')
    .transform(Number)
    .default(4),
  PLAYBOOK: z.string().optional(),
  MODE: oneOf(['live', 'shadow']).default('live'),
  DATA_DIR: z.string().default('data'),
  LOG_LEVEL: oneOf(logLevels).default('info'),
  SEGMENT_WRITE_KEYS: z
    .string()
    .transform((text) => text.split(',').map((key) => key.trim()))
    .refine(
      (keys) => keys.every((key) => /^[\x21-\x7e]+$/u.test(key)),
      'must be words of plain characters, separated by commas',
    )
    .optional(),
  SEGMENT_SHARED_SECRET: secret.optional(),
  SEGMENT_BEARER_TOKEN: secret.optional(),
  ADMIN_TOKEN: secret.optional(),
  LINK_SECRET: secret.optional(),
  PUBLIC_URL: httpUrl.optional(),
  INTERCOM_ACCESS_TOKEN: z
    .string()
    .regex(
      /^[\x21-\x7e]+$/u,
      'must be one word of plain characters; copy it again from the Intercom developer hub',
    )
    .optional(),
  INTERCOM_BASE_URL: httpUrl.optional(),
  HUBSPOT_ACCESS_TOKEN: z
    .string()
    .regex(
      /^[\x21-\x7e]+$/u,
      'must be one word of plain characters; copy it again from HubSpot, Development, Keys',
    )
    .optional(),
  HUBSPOT_BASE_URL: httpUrlLike('https://api.hubapi.com').optional(),
  HUBSPOT_DEALS: z
    .string()
    .regex(
      /^[\w-]+\/[\w-]+$/u,
      'must be the ids of a pipeline and of the stage in which a deal begins, such as default/1234567',
    )
    .optional(),
  HUBSPOT_FALLBACK_OWNER: z
    .string()
    .regex(/^\d+$/u, 'must be the number of an owner, as HubSpot shows it')
    .optional(),
  HUBSPOT_CREATE_COMPANIES: oneOf(['none', 'paying', 'all']).default('paying'),
  HUBSPOT_INTERVAL_SECONDS: wholeNumber(1, 86_400).default(60),
  HUBSPOT_REQUESTS_PER_10S: wholeNumber(1, 250).default(60),
  HUBSPOT_REQUESTS_PER_DAY: wholeNumber(1, 10_000_000).default(100_000),
  HUBSPOT_NEWS_PER_DAY: wholeNumber(0, 100_000).default(50),
});

const secretLengthMin = 16;

/** Names of all variables that the hub reads. */
export const variableNames: readonly string[] = Object.keys(schema.shape);

/**
 * Parses the environment, with `.env` of the working folder below it. An empty variable is one that is not set. Throws
 * Fault('environment_invalid') with one sentence per mistake, which names the variable and the mend and never its value.
 * Gives warnings for names that look like misspelled ones of ours.
 */
export function readEnvironment(
  variables: Variables,
  folder: string = process.cwd(),
): { readonly environment: Environment; readonly warnings: readonly string[] } {
  const { given, values } = parseVariables(variables, folder);
  const { redisUrls, playbook, dataDir } = placesOf(values, folder);
  const { secrets, made } = withMadeSecrets(dataDir, {
    writeKeys: values.SEGMENT_WRITE_KEYS,
    sharedSecret: values.SEGMENT_SHARED_SECRET,
    bearerToken: values.SEGMENT_BEARER_TOKEN,
    adminToken: values.ADMIN_TOKEN,
    linkSecret: values.LINK_SECRET,
  });
  const environment: Environment = {
    host: values.HOST,
    port: values.PORT,
    sandboxPort: values.PORT === 0 ? 0 : values.PORT > 65_525 ? values.PORT - 10 : values.PORT + 10,
    redisUrls,
    durability: values.DURABILITY,
    lanes: values.LANES,
    playbook,
    mode: values.MODE,
    dataDir,
    logLevel: values.LOG_LEVEL,
    publicUrl: values.PUBLIC_URL ?? `http://${values.HOST}:${values.PORT}`,
    secrets,
    newSecrets: made.map((name) => secretNames[name]),
    intercom: { accessToken: values.INTERCOM_ACCESS_TOKEN, baseUrl: values.INTERCOM_BASE_URL },
    hubspot: hubspotOf(values),
  };
  const warnings = [...misspellings(given), ...shortSecrets(values), ...idleSettings(values)];
  return { environment, warnings };
}

/** What the environment says of HubSpot, for commands that have to do with nothing else. Makes no secrets. */
export function readHubspot(
  variables: Variables,
  folder: string = process.cwd(),
): HubspotEnvironment {
  return hubspotOf(parseVariables(variables, folder).values);
}

function hubspotOf(values: Values): HubspotEnvironment {
  return {
    accessToken: values.HUBSPOT_ACCESS_TOKEN,
    baseUrl: values.HUBSPOT_BASE_URL,
    deals: values.HUBSPOT_DEALS,
    fallbackOwnerId: values.HUBSPOT_FALLBACK_OWNER,
    createFor: values.HUBSPOT_CREATE_COMPANIES,
    intervalSeconds: values.HUBSPOT_INTERVAL_SECONDS,
    requestsPer10s: values.HUBSPOT_REQUESTS_PER_10S,
    requestsPerDay: values.HUBSPOT_REQUESTS_PER_DAY,
    newsPerDay: values.HUBSPOT_NEWS_PER_DAY,
  };
}

/** Where a hub keeps what it knows: all that a command needs which only looks. */
export type Places = Pick<Environment, 'redisUrls' | 'playbook' | 'dataDir'>;

/** As `readEnvironment`, for commands that open no door: makes no secrets and writes nothing. */
export function readPlaces(variables: Variables, folder: string = process.cwd()): Places {
  return placesOf(parseVariables(variables, folder).values, folder);
}

type Values = z.infer<typeof schema>;

function parseVariables(
  variables: Variables,
  folder: string,
): { readonly given: Variables; readonly values: Values } {
  const given = { ...readDotEnv(folder), ...present(variables) };
  const parsed = schema.safeParse(present(given));
  if (!parsed.success) {
    const sentences = parsed.error.issues.map(
      (issue) => `${String(issue.path[0])} ${issue.message}.`,
    );
    throw new Fault('environment_invalid', 'never', sentences.join('\n'));
  }
  const values = parsed.data;
  if (values.INTERCOM_BASE_URL !== undefined && !isSafe(values.INTERCOM_BASE_URL)) {
    throw new Fault(
      'environment_invalid',
      'never',
      'INTERCOM_BASE_URL must use https, because the access token travels in every request; plain http is only for this machine.',
    );
  }
  if (values.HUBSPOT_BASE_URL !== undefined && !isSafe(values.HUBSPOT_BASE_URL)) {
    throw new Fault(
      'environment_invalid',
      'never',
      'HUBSPOT_BASE_URL must use https, because the access token travels in every request; plain http is only for this machine.',
    );
  }
  return { given, values };
}

function placesOf(values: Values, folder: string): Places {
  return {
    redisUrls: values.REDIS_URL ?? [],
    playbook: values.PLAYBOOK === undefined ? undefined : resolve(folder, values.PLAYBOOK),
    dataDir: resolve(folder, values.DATA_DIR),
  };
}

/** Settings that have no effect as things stand. */
function idleSettings(values: Values): readonly string[] {
  return [
    ...(values.INTERCOM_BASE_URL !== undefined && values.INTERCOM_ACCESS_TOKEN === undefined
      ? [
          'INTERCOM_BASE_URL is set and INTERCOM_ACCESS_TOKEN is not, so prompts go to the stand-in; set the token as well.',
        ]
      : []),
    ...(values.HUBSPOT_BASE_URL !== undefined && values.HUBSPOT_ACCESS_TOKEN === undefined
      ? [
          'HUBSPOT_BASE_URL is set and HUBSPOT_ACCESS_TOKEN is not, so companies go to the stand-in; set the token as well.',
        ]
      : []),
  ];
}

function present(variables: Variables): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) =>
      value === undefined || value === '' ? [] : [[name, value]],
    ),
  );
}

function readDotEnv(folder: string): Record<string, string> {
  const file = resolve(folder, '.env');
  return existsSync(file) ? present(parseEnv(readFileSync(file, 'utf8'))) : {};
}

function isSafe(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
}

/** Secrets that can be guessed are let through, for trying things out, and told of. */
function shortSecrets(values: Values): readonly string[] {
  return Object.values(secretNames).flatMap((name) => {
    const given = [values[name] ?? []].flat();
    return given.some((one) => one.length < secretLengthMin)
      ? [
          `${name} is shorter than ${secretLengthMin} characters and can be guessed; make one with \`openssl rand -hex 24\`.`,
        ]
      : [];
  });
}

/** A name one or two letters away from one of ours is almost surely meant to be it. */
function misspellings(given: Variables): readonly string[] {
  return Object.keys(given).flatMap((name) => {
    if (variableNames.includes(name) || name.length < 6) {
      return [];
    }
    const meant = variableNames.find(
      (ours) => ours.length >= 6 && distance(name.toUpperCase(), ours) <= 2,
    );
    return meant === undefined
      ? []
      : [`The environment has ${name}, which nothing reads; did you mean ${meant}?`];
  });
}

/** Levenshtein distance. */
function distance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, at) => at);
  for (const [at, letter] of [...left].entries()) {
    const next = [at + 1];
    for (const [other, against] of [...right].entries()) {
      const kept = (row[other] ?? 0) + (letter === against ? 0 : 1);
      next.push(Math.min(kept, (row[other + 1] ?? 0) + 1, (next[other] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}
