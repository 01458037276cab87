import type { Paired, PolicySummary } from './summary.ts';
import { signals, type World } from './world.ts';

/** What was simulated and what came of it. */
export interface Report {
  readonly accounts: number;
  readonly days: number;
  readonly seeds: number;
  readonly firstSeed: number;
  readonly holdoutShare: number;
  readonly worlds: readonly {
    readonly world: World;
    readonly policies: readonly PolicySummary[];
  }[];
}

const columns = [
  'policy',
  'extra conversions',
  'extra expansion MRR',
  'collected against never',
  'prompts',
  'of these lessons',
  'per extra conversion',
  'dismissed',
  'complaints',
  'churned',
  'regret',
] as const;

/** The tables for a terminal, one for each world. */
export function reportText(report: Report): string {
  const head = `${report.accounts} accounts, ${report.days} days, ${luckOf(report)}; ours with holdout leaves ${100 * report.holdoutShare} % alone\n`;
  const tables = report.worlds.map(({ world, policies }) => {
    const rows = [columns, ...policies.map(cellsOf)];
    const widths = columns.map((_, at) => Math.max(...rows.map((row) => (row[at] ?? '').length)));
    const lines = rows.map((row) =>
      row
        .map((cell, at) =>
          at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0),
        )
        .join('  '),
    );
    return `\n${world.name}: ${world.description}\n${lines.join('\n')}\n\n${askedText(policies)}`;
  });
  return `${head}${tables.join('')}\n${plainWords(report)}\n`;
}

/** The same as one page, with a plot for each world; needs nothing from anywhere. */
export function reportHtml(report: Report): string {
  const sections = report.worlds.map(({ world, policies }) => {
    const rows = policies
      .map(
        (one) =>
          `<tr>${cellsOf(one)
            .map((cell) => `<td>${escaped(cell)}</td>`)
            .join('')}</tr>`,
      )
      .join('\n');
    return `<h2>${escaped(world.name)}</h2><p>${escaped(world.description)}</p>
${plotOf(policies)}
<table><tr>${columns.map((title) => `<th>${title}</th>`).join('')}</tr>
${rows}</table>
<table>${askedRows(policies)
      .map((row) => `<tr>${row.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`)
      .join('\n')}</table>`;
  });
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Motisig simulation</title>
<style>body{font:15px/1.4 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse;font-size:13px}td,th{padding:.2rem .6rem;text-align:right;border-bottom:1px solid #ddd}td:first-child,th:first-child{text-align:left}</style></head>
<body><h1>Simulated worlds</h1><p>${report.accounts} accounts, ${report.days} days, ${luckOf(report)}. ${escaped(plainWords(report))}</p>
${sections.join('\n')}</body></html>\n`;
}

/** After which signals our own policies named a price, early and late: what was learned is to be seen here. */
function askedText(policies: readonly PolicySummary[]): string {
  return askedRows(policies)
    .map(([policy = '', ...shares]) => `${policy.padEnd(24)}${shares.join('  ')}\n`)
    .join('');
}

function askedRows(policies: readonly PolicySummary[]): readonly (readonly string[])[] {
  const ours = policies.filter(({ policy }) => policy.startsWith('ours'));
  const asked = signals.filter((signal) => ours.some(({ early }) => (early[signal] ?? 0) > 0));
  const percent = (share = 0): string => `${(100 * share).toFixed(0)} %`.padStart(5);
  return [
    ['prices named after', ...asked.map((signal) => `${signal} early, late`.padStart(22))],
    ...ours.map(({ early, late, policy }) => [
      policy,
      ...asked.map((signal) => `${percent(early[signal])}, ${percent(late[signal])}`.padStart(22)),
    ]),
  ];
}

function luckOf({ firstSeed, seeds }: Report): string {
  return seeds === 1
    ? '1 seed, so nobody knows how much is luck'
    : `seeds ${firstSeed} to ${firstSeed + seeds - 1}; mean and paired standard error`;
}

/** What the numbers cannot say by themselves. */
function plainWords({ accounts }: Report): string {
  const learning =
    accounts < 1_000
      ? 'With so few accounts learning adds little: compare ours with ours frozen. The rules, the pace and the arithmetic do the work.'
      : 'How much learning adds is the difference between ours and ours frozen.';
  return `${learning} Worlds are guesses; a ranking that holds in all of them is worth more than a number in one.`;
}

function cellsOf(one: PolicySummary): readonly string[] {
  const perExtra = one.promptsPerExtraConversion;
  return [
    one.policy,
    pairedText(one.extraConversions, 1),
    pairedText(one.extraExpansionMrr, 0),
    pairedText(one.extraCollected, 0),
    one.prompts.toFixed(0),
    one.lessons.toFixed(0),
    perExtra === undefined ? '-' : perExtra.toFixed(0),
    one.dismissals.toFixed(0),
    one.complaints.toFixed(1),
    one.churned.toFixed(1),
    pairedText(one.regret, 0),
  ];
}

function pairedText({ mean, standardError }: Paired, digits: number): string {
  const known = standardError === undefined ? '-' : standardError.toFixed(digits);
  return `${mean.toFixed(digits)} ± ${known}`;
}

/** Bars of what each policy collects against never, with two standard errors on either side. */
function plotOf(policies: readonly PolicySummary[]): string {
  const ends = policies.flatMap(({ extraCollected: { mean, standardError = 0 } }) => [
    mean - 2 * standardError,
    mean + 2 * standardError,
  ]);
  const low = Math.min(0, ...ends);
  const high = Math.max(1, ...ends);
  const x = (value: number): number => 180 + (640 * (value - low)) / (high - low);
  const bars = policies.map(({ policy, extraCollected: { mean, standardError = 0 } }, at) => {
    const y = 8 + at * 22;
    const left = Math.min(x(0), x(mean));
    const width = Math.abs(x(mean) - x(0));
    const [from, to] = [x(mean - 2 * standardError), x(mean + 2 * standardError)];
    return `<text x="172" y="${y + 12}" text-anchor="end">${escaped(policy)}</text><rect x="${left.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="16" fill="${mean < 0 ? '#c0504d' : '#4f81bd'}"/><line x1="${from.toFixed(1)}" x2="${to.toFixed(1)}" y1="${y + 8}" y2="${y + 8}" stroke="#222"/>`;
  });
  const height = 16 + policies.length * 22;
  return `<svg viewBox="0 0 840 ${height}" width="840" role="img" aria-label="collected against never, by policy" font-size="12"><line x1="${x(0).toFixed(1)}" x2="${x(0).toFixed(1)}" y1="0" y2="${height}" stroke="#888"/>${bars.join('')}</svg>`;
}

function escaped(text: string): string {
  return text.replace(/&/gu, '&amp;').replace(/</gu, '&lt;').replace(/>/gu, '&gt;');
}
