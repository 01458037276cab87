import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { datedPath } from '../../../destinations/hubspot/paths.ts';
import {
  allCompanyProperties,
  companyProperties,
} from '../../../destinations/hubspot/properties.ts';
import { failureOf, holdOf } from '../../../destinations/hubspot/failure.ts';
import { retryAfterMsOf } from '../../../src/core/retry-after.ts';
import { openCrmWorld } from '../../jobs/crm-world.ts';
import { startRedis, type TestRedis } from '../../redis-server.ts';
import type { HubspotRequest } from '../../../src/sandbox/hubspot.ts';

/** Requests of HubSpot's own client as they were on the wire, kept beside the project; absent on other machines. */
const folder = fileURLToPath(
  new URL('../../../../shared/vendors/captures/hubspot/', import.meta.url),
);
const hasCaptures = existsSync(folder);
const Captured = z.object({
  captures: z.array(
    z.object({
      requests: z.array(z.object({ method: z.string(), url: z.string(), body: z.unknown() })),
    }),
  ),
});

let redis: TestRedis;
let sent: readonly HubspotRequest[];
beforeAll(async () => {
  redis = await startRedis({ appendFsync: 'no' });
  await using world = await openCrmWorld({
    redis,
    newsPerDay: 50,
    deals: 'default/appointmentscheduled',
    fallbackOwnerId: '4242',
  });
  const report = world.report('acme', 10);
  const traits = { email: 'lena@acme.io' };
  await world.take([
    {
      ...report,
      id: 'i',
      event: { ...report.event, call: 'identify', name: '', traits, messageId: 'i' },
    },
    world.group('acme', { domain: 'acme.io', name: 'Acme' }),
    report,
  ]);
  await world.sync();
  await world.take([world.report('acme', 2)]);
  await world.sync();
  sent = world.sandbox.requests();
});
afterAll(() => redis.stop());

describe('what goes over the wire', () => {
  it('uses date paths only, and the families of HubSpot’s table', () => {
    expect(sent.length).toBeGreaterThan(15);
    for (const { path } of sent) {
      expect(path).toMatch(/^\/crm\/(?:objects|properties|lists|pipelines|limits)\/2026-03[/?]?/u);
      expect(path).not.toMatch(/\/v\d\//u);
    }
    expect(datedPath('/crm/v4/associations/contacts/companies/batch/create', '2026-09')).toBe(
      '/crm/associations/2026-09/contacts/companies/batch/create',
    );
    expect(() => datedPath('/crm/v3/unknown', '2026-03')).toThrow('is in no family');
  });

  it.skipIf(!hasCaptures)('has the shapes of the captured requests of HubSpot’s client', () => {
    const captured = readdirSync(folder)
      .filter((file) => file.endsWith('.json'))
      .flatMap((file) => {
        const parsed = Captured.safeParse(JSON.parse(readFileSync(`${folder}${file}`, 'utf8')));
        return parsed.data?.captures.flatMap(({ requests }) => requests) ?? [];
      })
      // A property alone and one of a batch are the same.
      .flatMap((one) =>
        one.url.endsWith('/properties/companies')
          ? [one, { ...one, url: `${one.url}/batch/create`, body: { inputs: [one.body] } }]
          : [one],
      );
    let compared = 0;
    for (const { method, path, body } of sent.filter((one) => one.body !== undefined)) {
      const like = captured.filter(
        (one) =>
          one.method === method &&
          kindOf(dated(new URL(one.url, 'http://x').pathname)) === kindOf(path),
      );
      if (like.length > 0) {
        compared += 1;
        const known = new Set(like.flatMap((one) => shapesOf(one.body)));
        expect(shapesOf(body).filter((shape) => !known.has(shape))).toEqual([]);
      }
    }
    // batch/read, search, lists, groups, properties, contacts, notes, tasks and deals.
    expect(compared).toBeGreaterThanOrEqual(12);
  });

  it('carries every property value as text, and no property that is not ours but on creation', () => {
    const ours = new Set(allCompanyProperties.map(({ name }) => name));
    const Written = z.object({
      inputs: z.array(z.object({ properties: z.record(z.string(), z.string()) })),
    });
    const of = (end: string) =>
      sent
        .filter(({ path }) => path === `/crm/objects/2026-03/companies/batch/${end}`)
        .flatMap(({ body }) =>
          Written.parse(body).inputs.flatMap(({ properties }) => Object.keys(properties)),
        );
    expect(of('update').filter((name) => !ours.has(name))).toEqual([]);
    expect(
      of('create')
        .filter((name) => !ours.has(name))
        .toSorted(),
    ).toEqual(['domain', 'name']);
    const owned = [
      'hubspot_owner_id',
      'lifecyclestage',
      'expansion_sales_override',
      'expansion_do_not_offer',
      'expansion_sales_note',
    ];
    expect(Object.values(companyProperties).filter(({ name }) => owned.includes(name))).toEqual([]);
  });
});

describe('the table of errors', () => {
  it.each([
    [400, undefined, undefined],
    [404, undefined, undefined],
    [409, undefined, undefined],
    [401, 'stopped', 300_000],
    [403, 'stopped', 300_000],
    [302, 'stopped', 300_000],
    [405, 'stopped', 300_000],
    [423, 'busy', 15_000],
    [477, 'busy', 15_000],
    [500, 'busy', 15_000],
    [521, 'busy', 15_000],
  ] as const)('%i: %s for %s ms', (status, kind, forMs) => {
    const hold = holdOf(failureOf(status, undefined, {}), 1);
    expect([hold?.kind, hold?.forMs]).toEqual([kind, forMs]);
  });

  it.each([
    ['TEN_SECONDLY_ROLLING', null, 10_000],
    ['SECONDLY', null, 1000],
    ['DAILY', null, 3_600_000],
    ['TEN_SECONDLY_ROLLING', '3', 3000],
    ['TEN_SECONDLY_ROLLING', '99999999', 3_600_000],
    ['TEN_SECONDLY_ROLLING', 'soon', 10_000],
  ])('429 %s with Retry-After %s: %i ms', (policyName, retryAfter, forMs) => {
    expect(
      holdOf(
        failureOf(
          429,
          retryAfterMsOf(429, () => retryAfter, 0),
          { policyName },
        ),
        1,
      )?.forMs,
    ).toBe(forMs);
  });

  it('waits longer the more often HubSpot is away, at most ten minutes', () => {
    const waits = [1, 2, 3, 9].map((inARow) => holdOf({ kind: 'no_answer' }, inARow)?.forMs);
    expect(waits).toEqual([15_000, 30_000, 60_000, 600_000]);
  });

  it('reads properties out of a message, whatever else is in it', () => {
    const wrong = (message: string) => {
      const failure = failureOf(400, undefined, { message });
      return failure.kind === 'answered' ? failure.wrong : [];
    };
    expect(
      wrong(
        'Property values were not valid: [{"isValid":false,"message":"x","error":"INVALID_OPTION","name":"expansion_stage"}]',
      ),
    ).toEqual([{ name: 'expansion_stage', code: 'INVALID_OPTION' }]);
    expect(wrong('Property "expansion_plan" does not exist')).toEqual([
      { name: 'expansion_plan', code: 'PROPERTY_DOESNT_EXIST' },
    ]);
    for (const odd of ['', '[{', 'x }] y [{', '[{"name":1}]', '[{}]']) {
      expect(wrong(odd)).toEqual([]);
    }
  });
});

/** A captured path as a date path; a few were sent as such. */
function dated(path: string): string {
  return path.includes('/2026-03/') ? path : datedPath(path, '2026-03');
}

/** The path without ids. */
function kindOf(path: string): string {
  return path
    .replace(/\?.*$/u, '')
    .replaceAll(/\/\d+(?=\/|$)/gu, '/N')
    .replace(/\/properties\/2026-03\/\w+/u, '/properties/2026-03/T')
    .replace(
      /\/objects\/2026-03\/(?:companies|contacts|deals)\/batch/u,
      '/objects/2026-03/T/batch',
    );
}

/** Every place of a body with the kind of its value; names of properties are data, list entries are alike. */
function shapesOf(body: unknown, at = ''): readonly string[] {
  if (Array.isArray(body)) {
    return body.flatMap((one) => shapesOf(one, `${at}[]`));
  }
  if (typeof body === 'object' && body !== null) {
    return Object.entries(body).flatMap(([key, value]) =>
      shapesOf(value, `${at}.${at.endsWith('properties') ? '*' : key}`),
    );
  }
  return [`${at}: ${typeof body}`];
}
