import { expect, it } from 'vitest';
import { createLog } from '../src/log.ts';

function lines(): { readonly write: (line: string) => void; readonly all: string[] } {
  const all: string[] = [];
  return { write: (line) => void all.push(line), all };
}

it('writes a line of JSON for each fact, with its level and time in words', () => {
  const out = lines();
  createLog('info', out).warn({ door: 'webhook' }, 'refused');
  expect(JSON.parse(out.all[0] ?? '')).toEqual({
    level: 'warn',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/u),
    door: 'webhook',
    msg: 'refused',
  });
});

it('hides keys and addresses of people, wherever a caller put them by mistake', () => {
  const out = lines();
  const fields = {
    email: 'lena@example.com',
    headers: { authorization: 'Bearer abc', cookie: 'a=b' },
    config: { intercom: { accessToken: 'secret-token' } },
    body: { traits: 'of a person' },
  };
  createLog('info', out).info(fields, 'x');
  expect(out.all[0]).not.toMatch(/lena|Bearer|a=b|secret-token|of a person/u);
});

it('tells nothing below its level', () => {
  const out = lines();
  createLog('error', out).warn('x');
  createLog('silent', out).fatal('x');
  expect(out.all).toEqual([]);
});
