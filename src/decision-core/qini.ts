import { z } from 'zod';
import { qiniOf } from '../core/model/qini.ts';
import type { Answer } from './answer.ts';
import { anyNumber, flag, parseFields, rowsOf } from './field.ts';

const QiniLine = z.strictObject({
  op: z.literal('qini'),
  rows: rowsOf(z.object({ score: anyNumber, treated: flag, y: flag })),
});

/** `qini`: how well scores order accounts by uplift, 1 for the perfect order. */
export function qini(line: unknown): Answer {
  const parsed = parseFields(QiniLine, line);
  if (parsed.kind === 'wrong') {
    return { error: parsed.error };
  }
  const { rows } = parsed.value;
  const measured = qiniOf(
    rows.map(({ score, treated, y }) => ({ score, isTreated: treated, isConverted: y })),
  );
  return measured.kind === 'area'
    ? { op: 'qini', qini: measured.area, n: rows.length, refused: false, reasons: [] }
    : { op: 'qini', n: rows.length, refused: true, reasons: [measured.reason] };
}
