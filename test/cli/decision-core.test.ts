import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { runDecisionCore } from '../../src/cli/decision-core.ts';

const main = join(import.meta.dirname, '../../src/main.ts');
const guardLine = '{"op":"guard","n":60,"y":5,"q0":0.005,"multipliers":[2,4,8]}';

/** Runs the lines through the command and gives what came out, parsed. */
async function answersTo(
  ...pieces: readonly string[]
): Promise<readonly Record<string, unknown>[]> {
  const output = new PassThrough();
  const [written] = await Promise.all([
    text(output),
    runDecisionCore(Readable.from(pieces.map((piece) => Buffer.from(piece))), output).then(() =>
      output.end(),
    ),
  ]);
  return written
    .split('\n')
    .filter((line) => line !== '')
    .map((line): Record<string, unknown> => ({ ...JSON.parse(line) }));
}

/** Runs the command as a process without any setting, as a shell pipe does. */
async function runProcess(
  input: string,
): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> {
  const child = spawn(process.execPath, [main, 'decision-core'], { env: {} });
  child.stdin.end(input);
  const [out, err, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.once('close', resolve)),
  ]);
  return { code, out, err };
}

describe('motisig decision-core', () => {
  it('answers a pipe line by line and exits 0, whatever the lines say', async () => {
    const { code, out, err } = await runProcess(`${guardLine}\n\nnonsense\n{"op":"guess"}\n`);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const lines = out.trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ stop: true, refused: false });
    expect(lines[1]).toContain('the line is not JSON');
    expect(lines[2]).toContain('op: ');
  });

  it('exits 0 and says nothing when nothing comes in', async () => {
    expect(await runProcess('')).toEqual({ code: 0, out: '', err: '' });
  });

  it('joins a line that comes in pieces, in the middle of a letter too, and takes a last line without an end', async () => {
    const bytes = Buffer.from(`{"op":"guard","id":"é","n":1,"y":0,"q0":0.1,"multipliers":[2]}`);
    const cut = bytes.indexOf(0xc3) + 1;
    const output = new PassThrough();
    const [written] = await Promise.all([
      text(output),
      runDecisionCore(
        Readable.from([bytes.subarray(0, 3), bytes.subarray(3, cut), bytes.subarray(cut)]),
        output,
      ).then(() => output.end()),
    ]);
    expect(JSON.parse(written)).toMatchObject({ id: 'é', stop: false });
  });

  it('stops in peace when the reader of its answers goes away', async () => {
    const child = spawn(process.execPath, [main, 'decision-core'], { env: {} });
    child.stdin.on('error', () => undefined);
    child.stdin.end(`${guardLine}\n`.repeat(50_000));
    child.stdout.once('data', () => child.stdout.destroy());
    const [err, code] = await Promise.all([
      text(child.stderr),
      new Promise<number | null>((resolve) => child.once('close', resolve)),
    ]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });

  it('works out a hundred thousand rows of one line', async () => {
    const rows = Array.from({ length: 100_000 }, (_, at) => ({
      unit: at % 5_000,
      pi: 0.5,
      piNew: at % 2 === 0 ? 0.6 : 0.4,
      r: at % 4 === 0 ? 1 : 0,
    }));
    const [answer] = await answersTo(`${JSON.stringify({ op: 'ope', resamples: 20, rows })}\n`);
    expect(answer).toMatchObject({ refused: false, ips: expect.closeTo(0.3, 9) });
  });

  it.each([
    [
      'a number that is NaN',
      '{"op":"ope","rows":[{"unit":"a","pi":NaN,"piNew":0.5,"r":1}]}',
      'rows[0].pi: is NaN',
    ],
    [
      'a number that is null',
      '{"op":"ope","rows":[{"unit":"a","pi":0.5,"piNew":0.5,"r":null}]}',
      'rows[0].r: is null',
    ],
    [
      'a missing number of a later row',
      '{"op":"ope","rows":[{"unit":"a","pi":0.5,"piNew":0.5,"r":1},{"unit":"b","piNew":0.5,"r":1}]}',
      'rows[1].pi: is missing',
    ],
    [
      'a chance above one',
      '{"op":"ope","rows":[{"unit":"a","pi":1.5,"piNew":0.5,"r":1}]}',
      'rows[0].pi: is 1.5; write a number from 0 to 1',
    ],
    [
      'guesses on some rows',
      '{"op":"ope","rows":[{"unit":"a","pi":0.5,"piNew":0.5,"r":1,"q":1,"qNew":1},{"unit":"b","pi":0.5,"piNew":0.5,"r":1}]}',
      'rows[1].q: is missing',
    ],
    ['no rows at all', '{"op":"qini"}', 'rows: is missing'],
    [
      'a missing outcome',
      '{"op":"lift","rows":[{"unit":"a","t":1,"treated":1}]}',
      'rows[0].y: is missing; write 0, 1, true, false or an amount',
    ],
    ['a row that is none', '{"op":"lift","rows":[7]}', 'rows[0]: is 7; write an object'],
    [
      'an outcome of a kind that there is not',
      '{"op":"lift","outcome":"sum","rows":[]}',
      'outcome: is neither; write "rate" or "amount", or leave it out',
    ],
    [
      'a name that is empty',
      '{"op":"lift","rows":[{"unit":"","t":1,"treated":1,"y":1}]}',
      'rows[0].unit: is empty; write a name',
    ],
    [
      'rows that are no list',
      '{"op":"lift","rows":{}}',
      'rows: is an object; write a list of rows',
    ],
    [
      'a unit in both groups',
      '{"op":"lift","rows":[{"unit":"a","t":1,"treated":1,"y":1},{"unit":"a","t":2,"treated":0,"y":1}]}',
      'rows[1].treated: a stands in both groups',
    ],
    [
      'a rate that is none',
      '{"op":"lift","outcome":"rate","rows":[{"unit":"a","t":1,"treated":1,"y":3}]}',
      'rows[0].y: is 3',
    ],
    [
      'a size that is none',
      '{"op":"fit","rows":[{"cell":{"signal":"s","family":"f","size":"huge"},"arm":"hold","day":1,"y":1}]}',
      'rows[0].cell.size: is no size; write "small", "mid" or "large", or leave it out',
    ],
    [
      'exploration beyond its range',
      '{"op":"choose","decisionId":"d","arms":[],"exploration":2}',
      'exploration: is 2; write a number from 0 to 1',
    ],
    [
      'an arm that is neither',
      '{"op":"fit","rows":[{"cell":{},"arm":"maybe","day":1,"y":1}]}',
      'rows[0].arm: is neither; write "prompt" or "hold"',
    ],
    [
      'half a day',
      '{"op":"fit","rows":[{"cell":{"signal":"s","family":"f"},"arm":"hold","day":1.5,"y":1}]}',
      'rows[0].day: is 1.5; write a whole number',
    ],
    [
      'half a conversion',
      '{"op":"fit","rows":[{"cell":{"signal":"s","family":"f"},"arm":"hold","day":1,"y":0.5}]}',
      'rows[0].y: is 0.5',
    ],
    [
      'a prior of one',
      '{"op":"fit","rows":[],"priors":{"limit":{"prompt":1,"hold":0.1}}}',
      'priors: ',
    ],
    ['a half-life of zero', '{"op":"fit","rows":[],"halfLifeDays":0}', 'halfLifeDays: is 0'],
    [
      'a window of half a day',
      '{"op":"fit","rows":[],"W":0.5}',
      'W: is 0.5; write a whole number from 0 to 60',
    ],
    [
      'a misspelt option',
      '{"op":"fit","rows":[],"halfLive":3}',
      'halfLive: there is no such field',
    ],
    [
      'a query without a day',
      '{"op":"query","query":{"offer":"o","signal":"s","channel":"c","family":"f"}}',
      'asOfDay: is missing',
    ],
    [
      'a query without a family',
      '{"query":{"offer":"o","signal":"s","channel":"c"},"asOfDay":1}',
      'query.family: is missing',
    ],
    [
      'more bad events than prompts',
      '{"op":"guard","n":1,"y":2,"q0":0.1,"multipliers":[2]}',
      'y: is 2 of 1 prompts',
    ],
    [
      'a multiplier too large',
      '{"op":"guard","n":9,"y":2,"q0":0.6,"multipliers":[1.5,2]}',
      'multipliers[1]: is 2',
    ],
    [
      'no multipliers',
      '{"op":"guard","n":9,"y":2,"q0":0.6,"multipliers":[]}',
      'multipliers: is empty',
    ],
    [
      'an arm called none',
      '{"op":"choose","decisionId":"d","arms":[{"key":"none"}]}',
      'arms[0].key: "none" is kept for silence',
    ],
    [
      'two arms of one key',
      '{"op":"choose","decisionId":"d","arms":[{"key":"a"},{"key":"a"}]}',
      'arms[1].key: "a" stands twice',
    ],
    [
      'floors that leave no choice',
      '{"op":"choose","decisionId":"d","arms":[],"epsNone":0.4}',
      'epsNone: ',
    ],
    ['a choice without an id', '{"op":"choose","arms":[]}', 'decisionId: is missing'],
    ['a list instead of an object', '[1]', 'the line is no object'],
  ])('names the field of %s and goes on', async (_, line, error) => {
    const [answer, next] = await answersTo(`${line}\n${guardLine}\n`);
    expect(answer).toEqual({ error: expect.stringContaining(error) });
    expect(next).toMatchObject({ stop: true });
  });

  it('takes an endless half-life as "Infinity", as null and as Python writes it', async () => {
    const row = '{"cell":{"signal":"limit","family":"up"},"arm":"hold","day":0,"y":1}';
    const ask =
      '{"query":{"offer":"o","signal":"limit","channel":"c","family":"up"},"asOfDay":9000}';
    for (const endless of ['"Infinity"', 'null', 'Infinity']) {
      const [, answer] = await answersTo(
        `{"op":"fit","W":0,"halfLifeDays":${endless},"rows":[${row}]}\n${ask}\n`,
      );
      expect(answer).toMatchObject({ alpha0: 3, beta0: 38 });
    }
  });

  it('knows no delay with a window of 0: an episode of today is a whole trial', async () => {
    const row =
      '{"cell":{"offer":"o","signal":"limit","channel":"c","family":"up"},"arm":"prompt","day":5,"y":0}';
    const ask = '{"query":{"offer":"o","signal":"limit","channel":"c","family":"up"},"asOfDay":5}';
    const [, answer, delayed] = await answersTo(
      `{"op":"fit","W":0,"halfLifeDays":"Infinity","rows":[${row}]}\n${ask}\n${ask.replace('{', '{"W":14,')}\n`,
    );
    expect(answer).toMatchObject({
      alpha1: expect.closeTo(4.4, 9),
      beta1: expect.closeTo(36.6, 9),
    });
    expect(delayed?.['beta1']).toBeCloseTo(35.6 + 0.121161869, 8);
  });

  it('forgets what was fitted at the next fit, unless that appends', async () => {
    const row = (y: number): string =>
      `{"cell":{"signal":"limit","family":"up"},"arm":"hold","day":0,"y":${y}}`;
    const ask = '{"query":{"offer":"o","signal":"limit","channel":"c","family":"up"},"asOfDay":50}';
    const answers = await answersTo(
      [
        `{"op":"fit","rows":[${row(1)}]}`,
        ask,
        `{"op":"fit","append":true,"rows":[${row(0)}]}`,
        ask,
        `{"op":"fit","rows":[${row(0)}]}`,
        ask,
      ].join('\n'),
    );
    expect([1, 3, 5].map((at) => [answers[at]?.['n0'], answers[at]?.['y0']])).toEqual([
      [1, 1],
      [2, 1],
      [1, 0],
    ]);
  });

  it('counts sizes apart, and begins a size that it does not know where all of them lie', async () => {
    const rowsOf = (size: string, bought: number): readonly unknown[] =>
      Array.from({ length: 50 }, (_, at) => ({
        cell: { offer: 'pro', signal: 'limit', channel: 'c', family: 'f', size },
        arm: 'prompt',
        day: 1,
        y: at < bought,
      }));
    const fit = { op: 'fit', W: 0, rows: [...rowsOf('small', 0), ...rowsOf('large', 25)] };
    const asked = [{ size: 'small' }, { size: 'mid' }, { size: 'large' }, {}].map((size) => ({
      query: { offer: 'pro', signal: 'limit', channel: 'c', family: 'f', ...size },
      asOfDay: 1,
    }));
    const lines = [fit, ...asked].map((line) => JSON.stringify(line)).join('\n');
    const [, small, mid, large, all] = await answersTo(`${lines}\n`);
    expect([small, mid, large].map((one) => [one?.['n1'], one?.['y1']])).toEqual([
      [50, 0],
      [0, 0],
      [50, 25],
    ]);
    const meanOf = (one: typeof mid): number => Number(one?.['meanP1']);
    expect(meanOf(small)).toBeLessThan(meanOf(mid));
    expect(meanOf(large)).toBeGreaterThan(meanOf(mid));
    expect(meanOf(mid)).toBeGreaterThan(0.11);
    expect(meanOf(all)).toBeLessThan(meanOf(large));
  });

  it('of an offer under several families takes the delays of the first by name, whatever the order of the rows', async () => {
    const rowOf = (family: string, lag: number) => ({
      cell: { offer: 'pro', signal: 'limit', channel: 'c', family },
      arm: 'prompt',
      day: 0,
      y: 1,
      lag,
    });
    const rows = [
      ...Array.from({ length: 30 }, () => rowOf('a', 1)),
      ...Array.from({ length: 30 }, () => rowOf('b', 12)),
      { ...rowOf('b', 0), day: 97, y: 0, lag: undefined },
    ];
    const asked = {
      query: { offer: 'pro', signal: 'limit', channel: 'c', family: 'a' },
      asOfDay: 100,
    };
    const [, forwards, , backwards] = await answersTo(
      [{ op: 'fit', rows }, asked, { op: 'fit', rows: rows.toReversed() }, asked]
        .map((line) => `${JSON.stringify(line)}\n`)
        .join(''),
    );
    expect(forwards).toEqual(backwards);
  });

  it('does so as well where the rows tell sizes and the query does not', async () => {
    const rowOf = (offer: string, family: string, more: object) => ({
      cell: { offer, signal: 'limit', channel: 'm', family, ...more },
      arm: 'prompt',
      day: 98,
      y: 0,
    });
    const quick = Array.from({ length: 30 }, () => ({
      ...rowOf('x', 'b', {}),
      day: 10,
      y: 1,
      lag: 0,
    }));
    const both = [rowOf('o', 'b', { size: 'small' }), rowOf('o', 'a', { size: 'mid' })];
    const asked = {
      query: { offer: 'o', signal: 'limit', channel: 'm', family: 'a' },
      asOfDay: 100,
    };
    const [, forwards, , backwards] = await answersTo(
      [
        { op: 'fit', rows: [...quick, ...both] },
        asked,
        { op: 'fit', rows: [...quick, ...both.toReversed()] },
        asked,
      ]
        .map((line) => `${JSON.stringify(line)}\n`)
        .join(''),
    );
    expect(forwards).toEqual(backwards);
  });

  it('shares nothing between names that only look alike once they are joined', async () => {
    const holdOf = (family: string, signal: string, y: number) => ({
      cell: { family, signal },
      arm: 'hold',
      day: 0,
      y,
    });
    const rows = Array.from({ length: 20 }, () => holdOf('a|b', 'c', 1));
    const askedOf = (family: string, signal: string) => ({
      query: { offer: 'o', signal, channel: 'x', family },
      asOfDay: 50,
    });
    const [, other, same] = await answersTo(
      [{ op: 'fit', rows }, askedOf('a', 'b|c'), askedOf('a|b', 'c')]
        .map((line) => `${JSON.stringify(line)}\n`)
        .join(''),
    );
    expect([other?.['n0'], other?.['y0'], same?.['n0'], same?.['y0']]).toEqual([0, 0, 20, 20]);
  });

  it('counts no row of a day that has not come, in no number of the answer', async () => {
    const cell = { offer: 'pro', signal: 'limit', channel: 'c', family: 'f' };
    const rows = ['prompt', 'hold'].map((arm) => ({ cell, arm, day: 11, y: 1 }));
    const asked = { query: cell, asOfDay: 10 };
    const [, answer] = await answersTo(
      [{ op: 'fit', rows }, asked].map((line) => `${JSON.stringify(line)}\n`).join(''),
    );
    expect(answer).toMatchObject({ n1: 0, y1: 0, n0: 0, y0: 0, alpha1: 4.4, alpha0: 2 });
  });

  it('gives a signal that is in no table the prior that was given for none', async () => {
    const [, unknown, known] = await answersTo(
      [
        { op: 'fit', rows: [], priors: { none: { prompt: 0.4, hold: 0.2 } } },
        ...['mystery', 'limit'].map((signal) => ({
          query: { offer: 'o', signal, channel: 'c', family: 'f' },
          asOfDay: 1,
        })),
      ]
        .map((line) => `${JSON.stringify(line)}\n`)
        .join(''),
    );
    expect([unknown?.['alpha1'], unknown?.['alpha0']]).toEqual([16, 8]);
    expect([known?.['alpha1'], known?.['alpha0']]).toEqual([4.4, 2]);
  });

  it('holds, where it is told to, only to what asking is said to add', async () => {
    const cell = { offer: 'pro', signal: 'limit', channel: 'c', family: 'f' };
    const rows = Array.from({ length: 400 }, (_, at) => ({
      cell,
      arm: 'hold',
      day: 0,
      y: at % 4 === 0,
    }));
    const asked = { query: cell, asOfDay: 50 };
    const [, letter, uplift] = await answersTo(
      [{ op: 'fit', rows }, asked, { ...asked, prior: 'uplift' }]
        .map((line) => `${JSON.stringify(line)}\n`)
        .join(''),
    );
    expect(letter?.['meanUplift']).toBeLessThan(-0.1);
    expect(uplift?.['meanUplift']).toBeCloseTo(0.06, 9);
    expect(uplift?.['meanP0']).toBe(letter?.['meanP0']);
  });

  it('takes a query without a size for all sizes together', async () => {
    const cell = { offer: 'pro', signal: 'limit', channel: 'c', family: 'f' };
    const rowsOf = (sizes: readonly (string | undefined)[]) =>
      sizes.flatMap((size) =>
        Array.from({ length: 40 }, (_, at) => ({
          cell: { ...cell, size },
          arm: at % 2 === 0 ? 'prompt' : 'hold',
          day: at,
          y: at % 8 === 0,
        })),
      );
    const asked = { query: cell, asOfDay: 60 };
    const lines = [
      { op: 'fit', rows: rowsOf(['small', 'large']) },
      asked,
      { op: 'fit', rows: rowsOf([undefined, undefined]) },
      asked,
    ];
    const [, sized, , plain] = await answersTo(
      lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
    );
    expect(sized).toEqual(plain);
    expect(sized?.['n1']).toBe(40);
  });

  it('finds that asked accounts differ from others, and does not call a fair cell different', async () => {
    const cell = { offer: 'pro', signal: 'limit', channel: 'c', family: 'f' };
    // Half of the moments are of accounts that buy anyway. `pis`: how likely each half was to be asked.
    const rowsOf = (pis: readonly [number, number]) =>
      Array.from({ length: 600 }, (_, at) => {
        const isBuyer = at % 2 === 0;
        const pi = isBuyer ? pis[0] : pis[1];
        const turn = Math.floor(at / 2) % 100;
        // Buyers buy every fourth time, whether they are asked or not.
        const isAsked = (turn * 37) % 100 < 100 * pi;
        return { cell, arm: isAsked ? 'prompt' : 'hold', day: 0, y: isBuyer && at % 8 === 0, pi };
      });
    const asked = { query: cell, asOfDay: 50 };
    const [, unlike, , alike] = await answersTo(
      [
        { op: 'fit', rows: rowsOf([0.6, 0.4]) },
        asked,
        { op: 'fit', rows: rowsOf([0.5, 0.5]) },
        asked,
      ]
        .map((line) => `${JSON.stringify(line)}\n`)
        .join(''),
    );
    expect(unlike?.['weighed']).toMatchObject({ differs: true });
    expect(alike?.['weighed']).toMatchObject({ differs: false });
  });

  it('takes a first line that begins with a byte order mark', async () => {
    expect(await answersTo(`\uFEFF${guardLine}\n`)).toMatchObject([{ stop: true }]);
  });

  it('refuses what was never tried only for reasons that hold', async () => {
    const rows = Array.from({ length: 200 }, (_, at) => ({
      unit: at,
      pi: at === 0 ? 0 : 0.5,
      piNew: 0.5,
      r: 1,
    }));
    const [strict, lenient] = await answersTo(
      [0.001, 0.6]
        .map((maxUntried) => `${JSON.stringify({ op: 'ope', maxUntried, rows })}\n`)
        .join(''),
    );
    const unbound =
      'one decision would weigh without bound, more than 20: the new policy chooses what was hardly ever tried';
    expect(strict?.['reasons']).toEqual([
      'the new policy puts 0.25 % on choices that were never tried (pi 0), more than 0.1 %',
      unbound,
    ]);
    expect(lenient).toMatchObject({ refused: true, reasons: [unbound] });
  });

  it('gives no interval for amounts that never vary, and none that depends on the order of rows', async () => {
    const rows = [1, 2, 3, 4].map((t) => ({ unit: t, t, treated: t % 2, y: 5 }));
    const twice = [...rows, { unit: 1, t: 1, treated: 1, y: 4 }];
    const [same, forwards, backwards] = await answersTo(
      [rows, twice, twice.toReversed()]
        .map((some) => `${JSON.stringify({ op: 'lift', minEvents: 1, rows: some })}\n`)
        .join(''),
    );
    expect(same).toMatchObject({
      refused: true,
      reasons: [expect.stringContaining('no interval: amounts need two accounts in each group')],
    });
    expect(forwards).toEqual(backwards);
    expect(forwards).toMatchObject({ groups: { treated: { mean: 4.5 } }, repeated: 1 });
  });

  it('lets no arm be chosen whose numbers are missing, and says which', async () => {
    const whole =
      '"alpha1":30,"beta1":70,"alpha0":5,"beta0":95,"V":400,"churnTerm":0,"cost":5,"phi":1';
    const [answer] = await answersTo(
      `{"op":"choose","decisionId":"d","arms":[{"key":"a",${whole}},{"key":"b",${whole.replace('30', 'null')}}]}\n`,
    );
    expect(answer).toMatchObject({ badInput: ['b'], pi: { b: 0 } });
  });
});
