import { describe, expect, it } from 'vitest';
import { checkPlaybook } from '../../config/check.ts';
import { problemInWords } from '../../src/cli/check.ts';
import { smallPlaybook, smallPlaybookWith } from './small-playbook.ts';

const buyers = 'buyers: { trait: Account Role, values: [owner] }\nplans:';
const askAdmin = `    askAdmin: { headline: Ask, body: Them, cta_label: Go, cta_url: https://example.com/ }
  team:
    plan`;

function problemsOf(source: string): string {
  const checked = checkPlaybook(source, 'p.yaml');
  return checked.kind === 'invalid' ? checked.problems.map(problemInWords).join('\n') : '';
}

describe('the buyers of a playbook', () => {
  it('are read of users, group calls and Account Added User, and of nothing where they are not named', () => {
    const checked = checkPlaybook(smallPlaybookWith('plans:', buyers), 'p.yaml');
    const { playbook } =
      checked.kind === 'valid' ? checked : expect.fail(problemsOf(smallPlaybook));
    expect(playbook.buyers).toEqual({
      property: 'accountrole',
      test: 'is_one_of',
      values: ['owner'],
    });
    expect(playbook.traits.user).toContain('accountrole');
    expect(playbook.keptProperties.get('group:')).toEqual(['accountrole']);
    expect(playbook.keptProperties.get('track:accountaddeduser')).toEqual(['accountrole']);
    const without = checkPlaybook(smallPlaybook, 'p.yaml');
    expect(without).toMatchObject({ kind: 'valid', playbook: { buyers: undefined } });
  });

  it('are owners, admins and billing by the trait role when nothing else is said', () => {
    const checked = checkPlaybook(smallPlaybookWith('plans:', 'buyers: {}\nplans:'), 'p.yaml');
    expect(checked).toMatchObject({
      playbook: { buyers: { property: 'role', values: ['owner', 'admin', 'billing'] } },
    });
  });

  it('are refused where users buy for themselves', () => {
    const alone = smallPlaybookWith('plans:', buyers).replace(
      'plan: { default',
      'plan: { from: user, default',
    );
    expect(problemsOf(alone)).toContain('buyers: means nothing where users buy for themselves');
  });

  it('are missed by words that ask an admin, and these words are checked like all others', () => {
    const asking = smallPlaybookWith('  team:\n    plan', askAdmin);
    expect(problemsOf(asking)).toContain('offers.more_reports.askAdmin: is never said');
    const wrong = asking
      .replace('plans:', buyers)
      .replace('headline: Ask', 'headline: "{{ usd }}"');
    expect(problemsOf(wrong)).toContain('offers.more_reports.askAdmin.headline: quotes usd');
    expect(problemsOf(asking.replace('plans:', buyers))).toBe('');
  });
});
