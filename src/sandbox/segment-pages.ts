import { html } from '../html.ts';
import { page } from './page.ts';
import type { SandboxOutcome } from './segment.ts';

const shownMax = 200;

/** All outcomes, newest first; at most 200. */
export function outcomesPage(outcomes: readonly SandboxOutcome[]): string {
  const shown = outcomes.toReversed().slice(0, shownMax);
  const cut =
    outcomes.length > shown.length
      ? html`<p class="soft">Showing the newest ${shown.length} of ${outcomes.length} outcomes.</p>`
      : undefined;
  return page(
    'Outcomes in the sandbox',
    'Segment',
    'SEGMENT_OUTCOMES_WRITE_KEY',
    html`<h1>What Segment hears of prompts</h1>
<p class="soft">Each line is a track call; open one to see all of it. This page keeps itself up to date.</p>
${
  shown.length === 0
    ? html`<p>No outcome has come yet. The first one comes when a trigger of the playbook fires.</p>`
    : shown.map(
        ({ call, copies }) => html`<details><summary>${call.event}: ${call.userId ?? 'a visitor'}${
          call.context.groupId === undefined ? '' : ` of ${call.context.groupId}`
        }</summary><table><tbody>
<tr><th scope="row">time</th><td>${call.timestamp}</td></tr>
<tr><th scope="row">messageId</th><td>${call.messageId}</td></tr>
<tr><th scope="row">came</th><td>${copies === 1 ? 'once' : `${copies} times, counted once`}</td></tr>
${Object.entries(call.properties).map(
  ([name, value]) =>
    html`<tr><th scope="row">${name}</th><td>${typeof value === 'string' ? value : JSON.stringify(value)}</td></tr>`,
)}
</tbody></table></details>`,
      )
}${cut}`,
  );
}
