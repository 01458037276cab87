import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { promptOf } from '../prompt-fixture.ts';
import { apiKey, type SendgridUnderTest, startSendgrid } from './channel-under-test.ts';
import { startRecorder } from './recorder.ts';
import { openSpec, type WireCall } from './spec.ts';

const folder = resolve(import.meta.dirname, '../../../../shared/vendors/specs');
const paths = ['mail', 'logs'].map((name) => `${folder}/sendgrid-${name}-v3.yaml`);
const never = new AbortController().signal;

describe.skipIf(!paths.every((path) => existsSync(path)))(
  "against SendGrid's API descriptions v3 (skipped where the shared vendor specs are not beside the project)",
  () => {
    let spec: ReturnType<typeof openSpec>;
    let under: SendgridUnderTest;
    let recorder: Awaited<ReturnType<typeof startRecorder>>;

    beforeAll(async () => {
      spec = openSpec(paths);
      recorder = await startRecorder(() => under.sandbox.url);
      under = await startSendgrid({
        baseUrl: recorder.url,
        replyTo: 'Success <success@example.com>',
        unsubscribeGroup: 1234,
        unsubscribeMailto: 'unsub@example.com',
      });
    }, 120_000);

    beforeEach(() => {
      recorder.calls.length = 0;
    });

    afterAll(async () => {
      await recorder.close();
      await under.sandbox.close();
    });

    const statuses = (): string[] =>
      recorder.calls.map(({ method, path, status }) => `${method} ${path.split('/')[2]} ${status}`);

    it('every request of the channel and every answer of the sandbox is as described', async () => {
      await under.channel.deliver(promptOf(), never);
      await under.channel.deliver(
        promptOf({ contact: { email: 'max@example.com', name: undefined } }),
        never,
      );
      await under.channel.reconcile(promptOf(), never);
      await under.channel.reconcile(promptOf({ decisionId: '07-none' }), never);
      expect(statuses()).toEqual([
        'POST mail 202',
        'POST mail 202',
        'POST logs 200',
        'GET logs 200',
        'POST logs 200',
        'GET logs 200',
      ]);
      expect(recorder.calls.flatMap((call) => spec.mistakesOf(call))).toEqual([]);
    });

    it('every refusal of the sandbox is an error list as described', async () => {
      for (const status of [400, 401, 403, 413, 500]) {
        under.sandbox.script('send_mail', [{ status }]);
        await under.channel.deliver(promptOf(), never);
      }
      for (const [method, path, body] of [
        ['POST', '/v3/mail/send', { personalizations: [] }],
        ['POST', '/v3/logs', { query: "status IN ('delivered')" }],
        ['GET', '/v3/logs/unknown', undefined],
      ] as const) {
        await fetch(`${recorder.url}${path}`, {
          method,
          headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
      }
      expect(recorder.calls.map(({ status }) => status)).toEqual([
        400, 401, 403, 413, 500, 400, 400, 404,
      ]);
      expect(recorder.calls.flatMap((call) => spec.mistakesOf(call))).toEqual([]);
    });

    it('the judge sees a wrong request and a wrong answer', () => {
      const message = {
        from: { email: 'a@example.com' },
        subject: 's',
        personalizations: [{ to: [{ email: 'b@example.com' }], custom_args: { id: 'd' } }],
        content: [{ type: 'text/plain', value: 't' }],
      };
      const call: WireCall = {
        method: 'POST',
        path: '/v3/mail/send',
        requestBody: message,
        status: 202,
        responseBody: undefined,
      };
      const one = message.personalizations[0];
      expect(spec.mistakesOf(call)).toEqual([]);
      for (const wrong of [
        { ...message, from: undefined },
        { ...message, content: undefined },
        { ...message, categories: ['a', 'a'] },
        { ...message, personalizations: [{ ...one, custom_args: { id: 7 } }] },
      ]) {
        const requestBody: unknown = JSON.parse(JSON.stringify(wrong));
        expect(spec.mistakesOf({ ...call, requestBody })).toHaveLength(1);
      }
      expect(spec.mistakesOf({ ...call, responseBody: { ok: true } })).toHaveLength(1);
      expect(spec.mistakesOf({ ...call, status: 400, responseBody: { errors: 'x' } })).toHaveLength(
        1,
      );
      expect(spec.mistakesOf({ ...call, path: '/v3/mail/sent' })).toHaveLength(1);
    });
  },
);
