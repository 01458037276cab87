import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileTemplate } from '../../config/template.ts';

function rendered(
  source: string,
  values: Readonly<Record<string, unknown>>,
  form: 'text' | 'url' = 'text',
) {
  const copy = compileTemplate(source, form);
  return copy.kind === 'broken' ? copy : copy.template.render(values);
}

describe('compileTemplate', () => {
  it('words a template from its values, trimmed', () => {
    expect(rendered(" You're at {{ used }}/{{ limit }} \n", { used: 10, limit: 10 })).toEqual({
      kind: 'words',
      text: "You're at 10/10",
    });
  });

  it('finds a value in any spelling, as event properties are found', () => {
    const values = {
      user: { firstname: 'Ana', 'company.name': 'Acme' },
      'Report Name': 'Q3',
    };
    expect(
      rendered('{{ user.firstName }}, {{ user.company.name }}, {{ report_name }}', values),
    ).toEqual({
      kind: 'words',
      text: 'Ana, Acme, Q3',
    });
  });

  it.each([
    ['missing', {}],
    ['undefined', { limit: undefined }],
    ['null', { limit: null }],
    ['blank', { limit: '  ' }],
    ['not a number', { limit: Number.NaN }],
  ])('names a value that is %s instead of sending the rest', (_, values) => {
    expect(rendered("You're at {{ used }}/{{ limit }}", { used: 10, ...values })).toEqual({
      kind: 'incomplete',
      missing: ['limit'],
    });
  });

  it('names every missing value, each once, with its whole path', () => {
    expect(
      rendered('{{ b }} {{ user.company.name }} {{ a | upcase }} {{ b }}', {
        user: {},
      }),
    ).toEqual({
      kind: 'incomplete',
      missing: ['a', 'b', 'user.company.name'],
    });
  });

  it('counts 0 and false as values', () => {
    expect(rendered('{{ used }} {{ on }}', { used: 0, on: false })).toEqual({
      kind: 'words',
      text: '0 false',
    });
  });

  it('takes a default filter as leave to do without the value', () => {
    expect(rendered("Hi {{ user.name | default: 'there' }}", {})).toEqual({
      kind: 'words',
      text: 'Hi there',
    });
  });

  it('does not ask for a value in a branch that is not taken, but does in one that is', () => {
    const source =
      'Hi{% if user.name %} {{ user.name }}{% endif %}{% if used %} {{ limit }}{% endif %}';
    expect(rendered(source, {})).toEqual({ kind: 'words', text: 'Hi' });
    expect(rendered(source, { used: 1 })).toEqual({
      kind: 'incomplete',
      missing: ['limit'],
    });
  });

  it('sends no empty text and no sum that is no number', () => {
    expect(rendered('{% if user.name %}x{% endif %}', {})).toEqual({
      kind: 'incomplete',
      missing: ['text'],
    });
    expect(rendered('{{ used | divided_by: limit }}', { used: 1, limit: 0 })).toMatchObject({
      kind: 'incomplete',
    });
  });

  it('encodes values in an address, so that none can leave its place', () => {
    expect(rendered('https://a.example/?i={{ group }}', { group: 'x&y=1#/ "' }, 'url')).toEqual({
      kind: 'words',
      text: 'https://a.example/?i=x%26y%3D1%23%2F%20%22',
    });
  });

  it.each([
    '{{ a',
    '{% if a %}',
    "{{ 'now' | date: '%Y' }}",
    '{{ a | sample }}',
    "{% include 'x' %}",
    "{% render 'x' %}",
    '{% assign b = a %}',
    '{% for i in a %}{% endfor %}',
    '{{ user[a] }}',
  ])('refuses %s', (source) => {
    expect(compileTemplate(source, 'text').kind).toBe('broken');
  });

  it('lists the values that it reads', () => {
    expect(
      compileTemplate('{{ b | default: c }}{% if a.b %}{{ d }}{% endif %}', 'text'),
    ).toMatchObject({
      reads: ['a.b', 'b', 'c', 'd'],
    });
  });

  it('reads no inherited property', () => {
    expect(rendered('{{ constructor }} {{ user.__proto__ }}', { user: {} })).toMatchObject({
      kind: 'incomplete',
    });
  });

  it('never throws, and words the same values the same way', () => {
    const value = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.jsonValue(),
    );
    const form = fc.constantFrom<'text' | 'url'>('text', 'url');
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom(
        '{{ a }}',
        '{{ a.b }}',
        '{{ b | plus: a }}',
        '{% if a %}',
        '{% endif %}',
        "{{ a | default: 'x' }}",
        '{{',
        '}}',
        '{%',
      ),
    );
    fc.assert(
      fc.property(fc.array(piece), value, value, form, (pieces, a, b, as) => {
        const source = pieces.join('');
        expect(rendered(source, { a, b }, as)).toEqual(rendered(source, { a, b }, as));
      }),
      { numRuns: 500 },
    );
  });

  it('never prints a placeholder or an empty place for a missing value', () => {
    const names = ['a', 'b', 'c'];
    fc.assert(
      fc.property(fc.subarray(names), (known) => {
        const values = Object.fromEntries(known.map((name) => [name, 'v']));
        const result = rendered(names.map((name) => `[{{ ${name} }}]`).join(''), values);
        const missing = names.filter((name) => !known.includes(name));
        expect(result).toEqual(
          missing.length === 0
            ? { kind: 'words', text: '[v][v][v]' }
            : { kind: 'incomplete', missing },
        );
      }),
    );
  });
});
