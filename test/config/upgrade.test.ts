import { describe, expect, it } from 'vitest';
import { checkPlaybook } from '../../config/check.ts';
import { problemInWords } from '../../src/cli/check.ts';
import { smallPlaybook } from './small-playbook.ts';

function check(upgrade: string) {
  const checked = checkPlaybook(`${smallPlaybook}upgrade: ${upgrade}\n`, 'p.yaml');
  return checked.kind === 'valid'
    ? checked.playbook.upgrade
    : checked.problems.map(problemInWords).join('\n');
}

describe('upgrade', () => {
  it('is not needed: offers lead to their addresses', () => {
    const checked = checkPlaybook(smallPlaybook, 'p.yaml');
    expect(checked.kind === 'valid' && checked.playbook.upgrade).toBeUndefined();
  });

  it.each([
    'https://api.example.com',
    'https://api.example.com:8443/a?b=c',
    'http://127.0.0.1:9/a',
  ])('may call %s', (webhook) => {
    expect(check(`{ webhook: "${webhook}", currency: EUR }`)).toEqual({
      webhook,
      currency: 'EUR',
    });
    expect(check(`{ webhook: "${webhook}" }`)).toEqual({ webhook, currency: undefined });
  });

  it.each([
    ['http://api.example.com/a', 'http would show the order to everybody on the way'],
    ['http://127.0.0.1.evil.example/', 'this is another machine'],
    ['https://user:word@api.example.com/', 'a password does not belong into a playbook'],
    ['ftp://api.example.com/', 'not a webhook'],
    ['api.example.com', 'no address'],
    ['https://', 'no host'],
  ])('may not call %s: %s', (webhook) => {
    expect(check(`{ webhook: "${webhook}" }`)).toMatch(/upgrade\.webhook: .*https address/u);
  });

  it('names the mend of a currency that is none, and of a field that is not known', () => {
    expect(check('{ webhook: "https://a.example", currency: dollars }')).toMatch(
      /upgrade\.currency: .*three capital letters/u,
    );
    expect(check('{ webhoook: "https://a.example" }')).toMatch(/webhoook.*webhook/u);
  });
});
