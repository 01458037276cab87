import { expect, it } from 'vitest';
import { z } from 'zod';
import type { Playbook } from '../../src/core/playbook.ts';
import type { PromptForm } from '../../src/core/prompt/prompt.ts';
import { until } from '../until.ts';
import { defaultPlaybookFile, playbookOf } from './playbooks.ts';
import { reportCall, tenReports } from './reports.ts';
import { type RunningHub, startHub } from './running-hub.ts';
import { sendUntilTaken } from './segment-client.ts';

/** The playbook that ships, with all its offers in this form. */
function playbookWith(form: PromptForm): Playbook {
  const playbook = playbookOf(defaultPlaybookFile);
  const offers = [...playbook.offers].map(([id, offer]) => [id, { ...offer, form }] as const);
  return { ...playbook, offers: new Map(offers) };
}

/** Lena is prompted and says "not now" through the link of the prompt. */
async function dismissed(running: RunningHub): Promise<void> {
  await sendUntilTaken(running.hub.url, tenReports('acme', 'lena').map(reportCall), Date.now());
  const shown = await until('the prompt', () => running.intercom.prompts()[0]);
  await running.drained();
  const body = new URLSearchParams({ until: 'cooldown' });
  const answer = await fetch(String(shown.metadata['not_now_url']), { method: 'POST', body });
  expect(answer.status).toBe(200);
  await running.drained();
}

const Contact = z.object({ id: z.string() });
const Banners = z.object({ data: z.array(z.unknown()) });

/** How many banners Intercom shows to Lena. */
async function bannersOf({ intercom }: RunningHub): Promise<number> {
  const ask = async (path: string): Promise<unknown> => {
    const headers = { authorization: 'Bearer e2e-intercom-token', 'intercom-version': '2.16' };
    return (await fetch(`${intercom.url}${path}`, { headers })).json();
  };
  const { id } = Contact.parse(await ask('/contacts/find_by_external_id/lena'));
  return Banners.parse(await ask(`/contacts/${id}/banners`)).data.length;
}

it('takes a banner away that was dismissed through its link, although Intercom is in trouble first', async () => {
  await using running = await startHub({ playbook: playbookWith('banner'), publicUrl: undefined });
  running.intercom.script('list_banners', [{ status: 500 }]);
  await dismissed(running);
  expect(await bannersOf(running)).toBe(0);
});

it('leaves what is no banner to the person', async () => {
  await using running = await startHub({ playbook: playbookWith('event'), publicUrl: undefined });
  await dismissed(running);
  expect(await bannersOf(running)).toBe(1);
});
