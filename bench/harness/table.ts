import type { Figures } from './benchmark.ts';
import type { Machine } from './machine.ts';
import { type Marked, verdictOf } from './mark.ts';
import { median } from './rounds.ts';

/** The machine and the versions, in two lines. */
export function machineText(machine: Machine): string {
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  return `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, load ${machine.load}\n${versions.join(', ')}\n`;
}

/** The marks, one line each. */
export function marksText(marks: readonly Marked[]): string {
  const rows = marks.map((marked) => [
    marked.name,
    amount(median(marked.values), marked.unit),
    marked.values.length < 2
      ? ''
      : `${amount(Math.min(...marked.values), marked.unit)} - ${amount(Math.max(...marked.values), marked.unit)}`,
    amount(marked.must, marked.unit),
    marked.stretch === undefined ? '' : amount(marked.stretch, marked.unit),
    verdictOf(marked),
  ]);
  return table(['mark', 'measured', 'min - max', 'must', 'stretch', 'verdict'], rows);
}

/** What each contestant did, one line each. */
export function figuresText(figures: readonly Figures[]): string {
  const rows = figures.map(({ name, perSecond, nodeUs, redisUs }) => [
    name,
    Math.round(perSecond).toLocaleString('en-GB'),
    nodeUs.toFixed(1),
    redisUs.toFixed(1),
  ]);
  return table(['contestant', 'events/s', 'Node us/event', 'Redis us/event'], rows);
}

function amount(value: number, unit: Marked['unit']): string {
  switch (unit) {
    case 'x':
      return value >= 10 ? `x${value.toFixed(1)}` : value.toFixed(value < 0.1 ? 3 : 2);
    case 'us':
      return `${value.toFixed(1)} us`;
    case 'ms':
      return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
    case 'bytes':
    case 'requests':
    case 'writes':
    case 'MB':
      return `${value.toFixed(0)} ${unit}`;
    default:
      return unit satisfies never;
  }
}

/** Columns as wide as their widest cell; the first to the left, the others to the right. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return `${[line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')}\n`;
}
