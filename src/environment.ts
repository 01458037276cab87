import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { z } from 'zod';
import { Fault } from './core/fault.ts';
import { isSafeForSecret } from './core/vendor-setting.ts';
import {
  type SegmentOutcomesEnvironment,
  segmentOutcomesOf,
  segmentOutcomesTroubles,
  segmentOutcomesVariables,
} from './environment/segment-outcomes.ts';
import { clientSecret, httpUrlLike, oneOf } from './environment/fields.ts';
import { type HubspotEnvironment, hubspotOf, hubspotVariables } from './environment/hubspot.ts';
import { misspellings } from './environment/misspellings.ts';
import {
  type SendgridEnvironment,
  sendgridOf,
  sendgridTroubles,
  sendgridVariables,
} from './environment/sendgrid.ts';
import { type LogLevel, logLevels } from './log.ts';
import { type Secrets, secretNames, withMadeSecrets } from './secrets.ts';

/** Everything the environment says, parsed once. Secrets that were not given have been made. */
export interface Environment {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Where the stand-in of Intercom listens: ten above `port`, SendGrid's one above that, HubSpot's ten; 0 when `port` is 0. */
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
  /** Where people and vendors reach the hub; undefined: where it listens. */
  readonly publicUrl: string | undefined;
  readonly secrets: Secrets;
  /** Signs the calls of the playbook's upgrade webhook. Never made by the hub: the receiver must know it too. */
  readonly upgradeWebhookSecret: string | undefined;
  /** Names of the secrets that were made just now. */
  readonly newSecrets: readonly string[];
  readonly intercom: {
    readonly accessToken: string | undefined;
    readonly baseUrl: string | undefined;
    /** Signs Intercom's webhooks. */
    readonly clientSecret: string | undefined;
    /** Numbers of the content that shows prompts; undefined: whatever content a person sees. */
    readonly contentIds: readonly string[] | undefined;
  };
  readonly segmentOutcomes: SegmentOutcomesEnvironment;
  readonly sendgrid: SendgridEnvironment;
  readonly hubspot: HubspotEnvironment;
}

/** Variables as the platform gives them. */
export type Variables = Readonly<Record<string, string | undefined>>;

const port = z
  .string()
  .regex(/^\d{1,5}$/u, 'is not a port; give a whole number from 0 to 65535')
  .transform(Number)
  .refine((value) => value <= 65_535, 'is not a port; give a whole number from 0 to 65535');

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
  ...segmentOutcomesVariables,
  ADMIN_TOKEN: secret.optional(),
  LINK_SECRET: secret.optional(),
  UPGRADE_WEBHOOK_SECRET: secret.optional(),
  PUBLIC_URL: httpUrlLike('https://hub.example.com')
    .refine(
      (url) => !/[?#]/u.test(url),
      'has a query or a fragment, behind which no link can be built; give an address such as https://hub.example.com',
    )
    .optional(),
  INTERCOM_ACCESS_TOKEN: z
    .string()
    .regex(
      /^[\x21-\x7e]+$/u,
      'must be one word of plain characters; copy it again from the Intercom developer hub',
    )
    .optional(),
  INTERCOM_BASE_URL: httpUrlLike('https://api.intercom.io').optional(),
  ...sendgridVariables,
  INTERCOM_CLIENT_SECRET: clientSecret('Intercom').optional(),
  INTERCOM_CONTENT_IDS: z
    .string()
    .transform((text) => text.split(',').map((id) => id.trim()))
    .refine(
      (ids) => ids.every((id) => /^[\w-]+$/u.test(id)),
      'must be numbers of banners, posts or other content in Intercom, separated by commas',
    )
    .optional(),
  ...hubspotVariables,
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
    sandboxPort: values.PORT === 0 ? 0 : values.PORT > 65_515 ? values.PORT - 20 : values.PORT + 10,
    redisUrls,
    durability: values.DURABILITY,
    lanes: values.LANES,
    playbook,
    mode: values.MODE,
    dataDir,
    logLevel: values.LOG_LEVEL,
    publicUrl: values.PUBLIC_URL,
    secrets,
    upgradeWebhookSecret: values.UPGRADE_WEBHOOK_SECRET,
    newSecrets: made.map((name) => secretNames[name]),
    intercom: {
      accessToken: values.INTERCOM_ACCESS_TOKEN,
      baseUrl: values.INTERCOM_BASE_URL,
      clientSecret: values.INTERCOM_CLIENT_SECRET,
      contentIds: values.INTERCOM_CONTENT_IDS,
    },
    sendgrid: sendgridOf(values),
    hubspot: hubspotOf(values),
    segmentOutcomes: segmentOutcomesOf(values),
  };
  const warnings = [
    ...misspellings(Object.keys(given), variableNames),
    ...shortSecrets(values),
    ...idleSettings(values),
    ...linkTroubles(values),
  ];
  return { environment, warnings };
}

/** What the environment says of HubSpot, for commands that have to do with nothing else. Makes no secrets. */
export function readHubspot(
  variables: Variables,
  folder: string = process.cwd(),
): HubspotEnvironment {
  return hubspotOf(parseVariables(variables, folder).values);
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
    // Of a variable that breaks several rules the first is the mistake; the others only follow from it.
    const mistakes = new Map(
      parsed.error.issues.toReversed().map(({ path, message }) => [String(path[0]), message]),
    );
    const sentences = [...mistakes].toReversed().map(([name, message]) => `${name} ${message}.`);
    throw new Fault('environment_invalid', 'never', sentences.join('\n'));
  }
  const values = parsed.data;
  for (const [name, secret] of secretsTo) {
    const address = values[name];
    if (address !== undefined && !isSafeForSecret(address)) {
      throw new Fault(
        'environment_invalid',
        'never',
        `${name} must use https, because the ${secret} travels in every request; plain http is only for this machine.`,
      );
    }
  }
  if (values.SENDGRID_API_KEY !== undefined && values.SENDGRID_FROM === undefined) {
    throw new Fault(
      'environment_invalid',
      'never',
      'SENDGRID_API_KEY is set and SENDGRID_FROM is not, so no e-mail would have a sender; set it to a verified sender, such as Acme <hello@mail.example.com>.',
    );
  }
  return { given, values };
}

/** Where a secret is sent, and which. */
const secretsTo = [
  ['INTERCOM_BASE_URL', 'access token'],
  ['SENDGRID_BASE_URL', 'API key'],
  ['HUBSPOT_BASE_URL', 'access token'],
] as const;

function placesOf(values: Values, folder: string): Places {
  return {
    redisUrls: values.REDIS_URL ?? [],
    playbook: values.PLAYBOOK === undefined ? undefined : resolve(folder, values.PLAYBOOK),
    dataDir: resolve(folder, values.DATA_DIR),
  };
}

/** Settings that have no effect, or lack another one, as things stand. */
function idleSettings(values: Values): readonly string[] {
  const hasToken = values.INTERCOM_ACCESS_TOKEN !== undefined;
  return [
    ...(values.INTERCOM_BASE_URL !== undefined && !hasToken
      ? [
          'INTERCOM_BASE_URL is set and INTERCOM_ACCESS_TOKEN is not, so prompts go to the stand-in; set the token as well.',
        ]
      : []),
    ...sendgridTroubles(values),
    ...segmentOutcomesTroubles(values),
    ...(values.HUBSPOT_BASE_URL !== undefined && values.HUBSPOT_ACCESS_TOKEN === undefined
      ? [
          'HUBSPOT_BASE_URL is set and HUBSPOT_ACCESS_TOKEN is not, so companies go to the stand-in; set the token as well.',
        ]
      : []),
    ...(hasToken && values.INTERCOM_CLIENT_SECRET === undefined
      ? [
          'INTERCOM_ACCESS_TOKEN is set and INTERCOM_CLIENT_SECRET is not, so the hub takes no webhooks of Intercom and does not learn who saw a prompt; set the client secret of the app as well.',
        ]
      : []),
  ];
}

/** Vendors whose prompts reach real people. */
const realVendors = [
  'INTERCOM_ACCESS_TOKEN',
  'SENDGRID_API_KEY',
] as const satisfies readonly (keyof Values)[];

/** Settings under which the links in prompts do not do what people expect of them. */
function linkTroubles(values: Values): readonly string[] {
  if (values.PUBLIC_URL !== undefined) {
    return isSafeForSecret(values.PUBLIC_URL)
      ? []
      : [
          'PUBLIC_URL uses http, so anybody on the way can read and use the links in prompts; put https in front of the hub and set PUBLIC_URL to that address.',
        ];
  }
  const real = realVendors.find((name) => values[name] !== undefined);
  return real === undefined
    ? []
    : [
        `PUBLIC_URL is not set and ${real} is, so the links in prompts lead to this machine, which nobody else can open; set it to the address at which people reach the hub.`,
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

/** Secrets that can be guessed are let through, for trying things out, and told of. */
function shortSecrets(values: Values): readonly string[] {
  return [...Object.values(secretNames), 'UPGRADE_WEBHOOK_SECRET' as const].flatMap((name) => {
    const given = [values[name] ?? []].flat();
    return given.some((one) => one.length < secretLengthMin)
      ? [
          `${name} is shorter than ${secretLengthMin} characters and can be guessed; make one with \`openssl rand -hex 24\`.`,
        ]
      : [];
  });
}
