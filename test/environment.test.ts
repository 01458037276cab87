import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  readEnvironment,
  readHubspot,
  readPlaces,
  type Variables,
  variableNames,
} from '../src/environment.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'motisig-environment-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const read = (variables: Variables = {}) => readEnvironment(variables, folder);

const longSecrets = {
  SEGMENT_WRITE_KEYS: 'write-key-number-one, write-key-number-two',
  SEGMENT_SHARED_SECRET: 'shared-secret-of-segment',
  SEGMENT_BEARER_TOKEN: 'bearer-token-of-segment',
  ADMIN_TOKEN: 'token-of-the-operator',
  LINK_SECRET: 'secret-of-the-links',
};

describe('what is not set', () => {
  it('has the documented defaults', () => {
    const { environment, warnings } = read(longSecrets);
    expect(environment).toEqual({
      host: '127.0.0.1',
      port: 8080,
      sandboxPort: 8090,
      redisUrls: [],
      durability: 'standard',
      lanes: 4,
      playbook: undefined,
      mode: 'live',
      dataDir: join(folder, 'data'),
      logLevel: 'info',
      secrets: {
        writeKeys: ['write-key-number-one', 'write-key-number-two'],
        sharedSecret: 'shared-secret-of-segment',
        bearerToken: 'bearer-token-of-segment',
        adminToken: 'token-of-the-operator',
        linkSecret: 'secret-of-the-links',
      },
      upgradeWebhookSecret: undefined,
      publicUrl: undefined,
      newSecrets: [],
      intercom: {
        accessToken: undefined,
        baseUrl: undefined,
        clientSecret: undefined,
        contentIds: undefined,
      },
      sendgrid: {
        apiKey: undefined,
        baseUrl: undefined,
        webhookPublicKey: undefined,
        from: undefined,
        replyTo: undefined,
        unsubscribeGroup: undefined,
        unsubscribeMailto: undefined,
        postalAddress: undefined,
        sandboxMode: false,
      },
      hubspot: {
        accessToken: undefined,
        clientSecret: undefined,
        baseUrl: undefined,
        deals: undefined,
        fallbackOwnerId: undefined,
        createFor: 'paying',
        intervalSeconds: 60,
        requestsPer10s: 60,
        requestsPerDay: 100_000,
        newsPerDay: 50,
      },
      segmentOutcomes: { writeKey: undefined, host: undefined },
    });
    expect(warnings).toEqual([]);
  });

  it('is the same as what is empty, so that an unfilled .env.example changes nothing', () => {
    const example = readFileSync(join(import.meta.dirname, '..', '.env.example'), 'utf8');
    expect(read({ ...parseEnv(example), ...longSecrets })).toEqual(read(longSecrets));
  });

  it('stands in .env.example, every variable and none that nobody reads', () => {
    const example = readFileSync(join(import.meta.dirname, '..', '.env.example'), 'utf8');
    expect(Object.keys(parseEnv(example)).toSorted()).toEqual([...variableNames].toSorted());
  });
});

describe('what is set', () => {
  it('is read from .env, and the environment wins over it', async () => {
    await writeFile(join(folder, '.env'), 'PORT=9000\nMODE=shadow\n');
    expect(read({ PORT: '9100' }).environment).toMatchObject({ port: 9100, mode: 'shadow' });
  });

  it('gives several comma-separated Redis addresses as the nodes of a cluster', () => {
    const { redisUrls } = read({ REDIS_URL: 'redis://one:6379, redis://two:6379' }).environment;
    expect(redisUrls).toEqual(['redis://one:6379', 'redis://two:6379']);
  });

  it('resolves paths from the working folder', () => {
    const { playbook, dataDir } = read({ PLAYBOOK: 'my.yaml', DATA_DIR: 'kept' }).environment;
    expect([playbook, dataDir]).toEqual([join(folder, 'my.yaml'), join(folder, 'kept')]);
  });

  it.each(['http://127.0.0.1:8090', 'http://localhost:1', 'https://api.eu.intercom.io'])(
    'lets %s be Intercom',
    (baseUrl) => {
      expect(read({ INTERCOM_BASE_URL: baseUrl }).environment.intercom.baseUrl).toBe(baseUrl);
    },
  );
});

describe('the content that shows prompts', () => {
  it('is a list of numbers', () => {
    const { intercom } = read({ INTERCOM_CONTENT_IDS: '29, 77' }).environment;
    expect(intercom.contentIds).toEqual(['29', '77']);
  });
});

describe('a mistake stops the start with a sentence that names the variable and the mend', () => {
  it.each([
    ['PORT', '70000', 'PORT is not a port; give a whole number from 0 to 65535.'],
    ['PORT', '80 80', 'PORT is not a port; give a whole number from 0 to 65535.'],
    ['HOST', 'http://x', 'HOST is not a host name or address; give 127.0.0.1 or 0.0.0.0.'],
    ['LANES', '17', 'LANES must be a whole number from 1 to 16.'],
    ['LANES', '0', 'LANES must be a whole number from 1 to 16.'],
    ['MODE', 'dry', 'MODE must be one of live, shadow.'],
    ['DURABILITY', 'high', 'DURABILITY must be one of standard, strict.'],
    ['LOG_LEVEL', 'loud', 'LOG_LEVEL must be one of trace, debug, info, warn, error, silent.'],
    ['REDIS_URL', 'localhost:6379', /^REDIS_URL is not an address of Redis; give redis:\/\/host/u],
    ['REDIS_URL', 'redis://a,unix:/b', /^REDIS_URL names a socket among several nodes; /u],
    [
      'INTERCOM_BASE_URL',
      'api.intercom.io',
      /^INTERCOM_BASE_URL is not an http or https address; /u,
    ],
    ['INTERCOM_BASE_URL', 'http://api.intercom.io', /^INTERCOM_BASE_URL must use https, /u],
    [
      'PUBLIC_URL',
      'hub.example.com',
      'PUBLIC_URL is not an http or https address; give one such as https://hub.example.com.',
    ],
    [
      'SEGMENT_OUTCOMES_HOST',
      'api.segment.io',
      'SEGMENT_OUTCOMES_HOST is not an http or https address; give https://api.segment.io or https://events.eu1.segmentapis.com.',
    ],
    ['PUBLIC_URL', 'https://hub.example.com/?a=b', /^PUBLIC_URL has a query or a fragment, /u],
    ['INTERCOM_CONTENT_IDS', '29,,77', /^INTERCOM_CONTENT_IDS must be numbers of banners, /u],
    ['HUBSPOT_CLIENT_SECRET', 'a b', /^HUBSPOT_CLIENT_SECRET must be one word of plain /u],
    ['LINK_SECRET', 'two words', /^LINK_SECRET must be one word of plain characters; /u],
    ['SENDGRID_BASE_URL', 'http://api.sendgrid.com', /^SENDGRID_BASE_URL must use https, /u],
    ['SENDGRID_FROM', 'Acme', /^SENDGRID_FROM is not an e-mail address; /u],
    ['SENDGRID_REPLY_TO', 'Acme', /^SENDGRID_REPLY_TO is not an e-mail address; /u],
    ['SENDGRID_UNSUBSCRIBE_GROUP', 'offers', /^SENDGRID_UNSUBSCRIBE_GROUP must be the number /u],
    [
      'SENDGRID_UNSUBSCRIBE_MAILTO',
      'x',
      /^SENDGRID_UNSUBSCRIBE_MAILTO is not an e-mail address; /u,
    ],
    ['SENDGRID_SANDBOX_MODE', 'yes', 'SENDGRID_SANDBOX_MODE must be one of true, false.'],
    ['SENDGRID_API_KEY', 'SG.abc', /^SENDGRID_API_KEY is set and SENDGRID_FROM is not, /u],
    ['SEGMENT_OUTCOMES_HOST', 'http://api.segment.io', /^SEGMENT_OUTCOMES_HOST must use https, /u],
    ['SEGMENT_OUTCOMES_HOST', 'https://api.segment.io/v1', /^SEGMENT_OUTCOMES_HOST has a path, /u],
    ['SEGMENT_OUTCOMES_HOST', 'api.segment.io', /^SEGMENT_OUTCOMES_HOST is not an http or https /u],
    ['HUBSPOT_BASE_URL', 'http://api.hubapi.com', /^HUBSPOT_BASE_URL must use https, /u],
    ['HUBSPOT_BASE_URL', 'hubapi', /give one such as https:\/\/api\.hubapi\.com/u],
    ['HUBSPOT_DEALS', 'default', /^HUBSPOT_DEALS must be the ids of a pipeline and of the stage /u],
    [
      'HUBSPOT_CREATE_COMPANIES',
      'some',
      'HUBSPOT_CREATE_COMPANIES must be one of none, paying, all.',
    ],
    [
      'HUBSPOT_REQUESTS_PER_10S',
      '251',
      'HUBSPOT_REQUESTS_PER_10S must be a whole number from 1 to 250.',
    ],
    ['SEGMENT_WRITE_KEYS', 'one,,two', /^SEGMENT_WRITE_KEYS must be words of plain characters, /u],
  ])('%s=%s', (name, value, sentence) => {
    expect(() => read({ [name]: value })).toThrow(
      expect.objectContaining({
        code: 'environment_invalid',
        message: typeof sentence === 'string' ? sentence : expect.stringMatching(sentence),
      }),
    );
  });

  it('tells of several at once, a line each', () => {
    expect(() => read({ PORT: 'x', MODE: 'y' })).toThrow(/^PORT .+\.\nMODE .+\.$/u);
  });

  it.each([
    'ADMIN_TOKEN',
    'SEGMENT_SHARED_SECRET',
    'SEGMENT_BEARER_TOKEN',
    'SEGMENT_WRITE_KEYS',
    'INTERCOM_ACCESS_TOKEN',
    'HUBSPOT_ACCESS_TOKEN',
    'REDIS_URL',
    'LINK_SECRET',
    'UPGRADE_WEBHOOK_SECRET',
    'SENDGRID_API_KEY',
    'SENDGRID_WEBHOOK_PUBLIC_KEY',
    'SENDGRID_FROM',
    'INTERCOM_CLIENT_SECRET',
    'INTERCOM_CONTENT_IDS',
    'SEGMENT_OUTCOMES_WRITE_KEY',
    'SEGMENT_OUTCOMES_HOST',
    'HUBSPOT_CLIENT_SECRET',
  ])('never shows the value of %s', (name) => {
    expect(() => read({ [name]: 'hidden words' })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hidden') }),
    );
  });
});

describe('a warning', () => {
  it.each([
    ['REDIS_URI', 'REDIS_URL'],
    ['redis_url', 'REDIS_URL'],
    ['PLAYBOK', 'PLAYBOOK'],
    ['INTERCOM_ACESS_TOKEN', 'INTERCOM_ACCESS_TOKEN'],
  ])('is given for %s, which is almost %s', (name, meant) => {
    expect(read({ ...longSecrets, [name]: 'x' }).warnings).toEqual([
      `The environment has ${name}, which nothing reads; did you mean ${meant}?`,
    ]);
  });

  it('is not given for what every environment has', () => {
    const ordinary = {
      PATH: '/bin',
      HOME: '/root',
      NODE: '/n',
      HOSTNAME: 'h',
      NODE_ENV: 'x',
      npm_config_cache: 'c',
    };
    expect(read({ ...longSecrets, ...ordinary }).warnings).toEqual([]);
  });

  it('is given for a secret that can be guessed, without showing it', () => {
    expect(read({ ...longSecrets, ADMIN_TOKEN: 'tiny' }).warnings).toEqual([
      'ADMIN_TOKEN is shorter than 16 characters and can be guessed; make one with `openssl rand -hex 24`.',
    ]);
  });
});

describe('a setting without effect', () => {
  it('is told: Intercom without the secret of its webhooks', () => {
    const given = {
      ...longSecrets,
      INTERCOM_ACCESS_TOKEN: 'a-token-of-intercom',
      PUBLIC_URL: 'https://hub.example.com',
    };
    expect(read(given).warnings).toEqual([
      'INTERCOM_ACCESS_TOKEN is set and INTERCOM_CLIENT_SECRET is not, so the hub takes no webhooks of Intercom and does not learn who saw a prompt; set the client secret of the app as well.',
    ]);
  });

  it('is told: an address of Intercom without a token', () => {
    const given = { ...longSecrets, INTERCOM_BASE_URL: 'https://api.eu.intercom.io' };
    expect(read(given).warnings).toEqual([
      'INTERCOM_BASE_URL is set and INTERCOM_ACCESS_TOKEN is not, so prompts go to the stand-in; set the token as well.',
    ]);
  });
});

describe('where people open the links in prompts', () => {
  it.each([
    'https://hub.example.com',
    'https://hub.example.com/below/',
    'http://127.0.0.1:8080',
    'http://localhost:8080',
  ])('may be %s without a word', (url) => {
    const { environment, warnings } = read({ ...longSecrets, PUBLIC_URL: url });
    expect([environment.publicUrl, warnings]).toEqual([url, []]);
  });

  it('is warned of when it is neither encrypted nor this machine', () => {
    expect(read({ ...longSecrets, PUBLIC_URL: 'http://hub.example.com' }).warnings).toEqual([
      'PUBLIC_URL uses http, so anybody on the way can read and use the links in prompts; put https in front of the hub and set PUBLIC_URL to that address.',
    ]);
  });

  it('is asked for when prompts reach real people', () => {
    const real = {
      ...longSecrets,
      INTERCOM_ACCESS_TOKEN: 'a-token-of-intercom',
      INTERCOM_CLIENT_SECRET: 'client-secret-of-intercom',
    };
    expect(read(real).warnings).toEqual([
      'PUBLIC_URL is not set and INTERCOM_ACCESS_TOKEN is, so the links in prompts lead to this machine, which nobody else can open; set it to the address at which people reach the hub.',
    ]);
    expect(read({ ...real, PUBLIC_URL: 'https://hub.example.com' }).warnings).toEqual([]);
  });
});

describe('the secret of the upgrade webhook', () => {
  it('is never made, because its receiver must know it, and is told of when it can be guessed', () => {
    expect(read().environment.upgradeWebhookSecret).toBeUndefined();
    const given = read({ ...longSecrets, UPGRADE_WEBHOOK_SECRET: 'tiny' });
    expect(given.environment.upgradeWebhookSecret).toBe('tiny');
    expect(given.warnings).toEqual([
      'UPGRADE_WEBHOOK_SECRET is shorter than 16 characters and can be guessed; make one with `openssl rand -hex 24`.',
    ]);
  });
});

describe('the settings of SendGrid', () => {
  const real = { SENDGRID_API_KEY: 'SG.abc', SENDGRID_FROM: 'Acme <hello@mail.example.com>' };

  it('are read as they are needed', () => {
    const { environment, warnings } = read({
      ...longSecrets,
      ...real,
      PUBLIC_URL: 'https://hub.example.com',
      SENDGRID_BASE_URL: 'https://api.eu.sendgrid.com',
      SENDGRID_WEBHOOK_PUBLIC_KEY: 'MFkwEwYHKoZIzj0CAQ==',
      SENDGRID_REPLY_TO: 'success@example.com',
      SENDGRID_UNSUBSCRIBE_GROUP: '1234',
      SENDGRID_UNSUBSCRIBE_MAILTO: 'unsub@example.com',
      SENDGRID_POSTAL_ADDRESS: 'Acme GmbH, Hauptstr. 1, 10827 Berlin',
      SENDGRID_SANDBOX_MODE: 'true',
    });
    expect(environment.sendgrid).toEqual({
      apiKey: 'SG.abc',
      baseUrl: 'https://api.eu.sendgrid.com',
      webhookPublicKey: 'MFkwEwYHKoZIzj0CAQ==',
      from: 'Acme <hello@mail.example.com>',
      replyTo: 'success@example.com',
      unsubscribeGroup: 1234,
      unsubscribeMailto: 'unsub@example.com',
      postalAddress: 'Acme GmbH, Hauptstr. 1, 10827 Berlin',
      sandboxMode: true,
    });
    expect(warnings.filter((warning) => warning.includes('SENDGRID'))).toEqual([]);
  });

  it('without the key of the webhook are told to be deaf to bounces', () => {
    expect(read({ ...longSecrets, ...real }).warnings).toContainEqual(
      expect.stringMatching(/^SENDGRID_API_KEY is set and SENDGRID_WEBHOOK_PUBLIC_KEY is not, /u),
    );
  });

  it('without an API key are told to have no effect', () => {
    expect(read({ ...longSecrets, SENDGRID_FROM: real.SENDGRID_FROM }).warnings).toEqual([
      'SENDGRID_FROM is set and SENDGRID_API_KEY is not, so e-mails go to the stand-in; set the key as well.',
    ]);
  });

  it.each([65_515, 65_516, 65_535])('leave room for the stand-ins beside port %i', (port) => {
    const { sandboxPort } = read({ PORT: String(port) }).environment;
    expect([sandboxPort, sandboxPort + 1].every((one) => one < 65_536 && one !== port)).toBe(true);
  });
});

describe('a command that only looks at HubSpot', () => {
  it('is told of it and makes no secrets', () => {
    const given = { HUBSPOT_ACCESS_TOKEN: 'key-of-hubspot', HUBSPOT_DEALS: 'default/1' };
    expect(readHubspot(given, folder)).toMatchObject({
      accessToken: 'key-of-hubspot',
      deals: 'default/1',
    });
    expect(existsSync(join(folder, 'data'))).toBe(false);
  });
});

describe('a command that only looks', () => {
  it('learns where things are and makes no secrets', () => {
    expect(readPlaces({ REDIS_URL: 'redis://one:1', PLAYBOOK: 'own.yaml' }, folder)).toEqual({
      redisUrls: ['redis://one:1'],
      playbook: join(folder, 'own.yaml'),
      dataDir: join(folder, 'data'),
    });
    expect(existsSync(join(folder, 'data'))).toBe(false);
  });
});

describe('secrets that are not given', () => {
  it('are made at the first start, told of once, and the same afterwards', () => {
    const first = read().environment;
    expect(first.newSecrets).toEqual(Object.keys(longSecrets));
    const all = [...first.secrets.writeKeys, ...Object.values(first.secrets).slice(1)];
    expect(new Set(all).size).toBe(5);
    for (const secret of all) {
      expect(secret).toMatch(/^[0-9a-f]{48}$/u);
    }
    const second = read().environment;
    expect(second.newSecrets).toEqual([]);
    expect(second.secrets).toEqual(first.secrets);
  });

  it('are kept where only their owner can read them', () => {
    read();
    expect(statSync(join(folder, 'data')).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, 'data', 'secrets.json')).mode & 0o777).toBe(0o600);
  });

  it('are made for the missing ones only, and those given are not written down', async () => {
    const { environment } = read({ ADMIN_TOKEN: longSecrets.ADMIN_TOKEN });
    expect(environment.newSecrets).not.toContain('ADMIN_TOKEN');
    expect(environment.secrets.adminToken).toBe(longSecrets.ADMIN_TOKEN);
    const kept = await readFile(join(folder, 'data', 'secrets.json'), 'utf8');
    expect(kept).not.toContain(longSecrets.ADMIN_TOKEN);
    const later = read().environment;
    expect(later.newSecrets).toEqual(['ADMIN_TOKEN']);
    expect(later.secrets.sharedSecret).toBe(environment.secrets.sharedSecret);
  });

  it('are the same in processes that start for the first time at the same moment', async () => {
    const door = join(import.meta.dirname, '..', 'src', 'environment.ts');
    const script = `
      import { readEnvironment } from ${JSON.stringify(door)};
      process.stdin.once('data', () => {
        const { environment } = readEnvironment({}, ${JSON.stringify(folder)});
        console.log(JSON.stringify(environment.secrets));
        process.exit();
      });
      console.log('ready');`;
    const children = Array.from({ length: 4 }, () => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      let said = '';
      child.stdout.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
      return { child, said: () => said };
    });
    await Promise.all(children.map(({ child }) => once(child.stdout, 'data')));
    for (const { child } of children) {
      child.stdin.write('go\n');
    }
    await Promise.all(children.map(({ child }) => once(child, 'close')));
    const secrets = new Set(children.map(({ said }) => said().split('\n')[1]));
    expect([...secrets]).toEqual([JSON.stringify(read().environment.secrets)]);
  });

  it('stop the start when their file is broken, with a sentence that names it', async () => {
    read();
    const file = join(folder, 'data', 'secrets.json');
    await writeFile(file, '{"adminToken": 5}');
    expect(() => read()).toThrow(
      `Cannot read the secrets in ${file}; mend the file, or delete it so that new ones are made.`,
    );
  });
});
