import { describe, expect, it } from 'vitest';
import type { IntercomApi } from '../../../destinations/intercom/api.ts';
import { IntercomContactId } from '../../../destinations/intercom/map.ts';
import { createRecipients } from '../../../destinations/intercom/recipients.ts';

describe('the memory of known contacts', () => {
  it('forgets who was not asked for longest, so that it never grows beyond 10,000 people', async () => {
    const asked: string[] = [];
    const unused = () => Promise.reject(new Error('not part of this test'));
    const api: Pick<IntercomApi, 'findContact' | 'createContact' | 'searchContact'> = {
      findContact: (externalId) => {
        asked.push(externalId);
        return Promise.resolve({ kind: 'done', value: IntercomContactId.parse('6762f0dd') });
      },
      createContact: unused,
      searchContact: unused,
    };
    const recipients = createRecipients(api);
    const never = new AbortController().signal;
    for (let n = 0; n < 10_000; n += 1) {
      await recipients.find(`u_${n}`, never);
    }
    await recipients.find('u_0', never);
    await recipients.find('u_10000', never);
    expect(asked).toHaveLength(10_001);
    await recipients.find('u_0', never);
    expect(asked).toHaveLength(10_001);
    await recipients.find('u_1', never);
    expect(asked.at(-1)).toBe('u_1');
  });
});
