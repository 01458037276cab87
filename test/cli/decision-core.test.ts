import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { runDecisionCore } from '../../src/cli/decision-core.ts';
import { answersTo } from '../decision-core/answers.ts';

const main = join(import.meta.dirname, '../../src/main.ts');
const guardLine = '{"op":"guard","n":60,"y":5,"q0":0.005,"multipliers":[2,4,8]}';

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
