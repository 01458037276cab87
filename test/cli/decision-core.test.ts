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

  it('lets no arm be chosen whose numbers are missing, and says which', async () => {
    const whole =
      '"alpha1":30,"beta1":70,"alpha0":5,"beta0":95,"V":400,"churnTerm":0,"cost":5,"phi":1';
    const [answer] = await answersTo(
      `{"op":"choose","decisionId":"d","arms":[{"key":"a",${whole}},{"key":"b",${whole.replace('30', 'null')}}]}\n`,
    );
    expect(answer).toMatchObject({ badInput: ['b'], pi: { b: 0 } });
  });
});
