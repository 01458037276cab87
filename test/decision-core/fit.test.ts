import { describe, expect, it } from 'vitest';
import { answersTo } from './answers.ts';

describe('fit and query', () => {
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
});
