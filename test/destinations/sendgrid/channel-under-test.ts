import type { z } from 'zod';
import { createSendgridChannel, SendgridConfig } from '../../../destinations/sendgrid/index.ts';
import type { Clock, PromptChannel } from '../../../src/core/ports.ts';
import { type SendgridSandbox, startSendgridSandbox } from '../../../src/sandbox/sendgrid.ts';

export const apiKey = 'SG.secret-for-tests.abcdef';

/** The channel and a sandbox of its own that reports nothing. */
export interface SendgridUnderTest {
  readonly channel: PromptChannel;
  readonly sandbox: SendgridSandbox;
  readonly troubles: string[];
}

/** Starts both. `baseUrl` may lead to the sandbox by way of a recorder; `clock` is the channel's. */
export async function startSendgrid(
  differs: Partial<z.input<typeof SendgridConfig>> = {},
  clock?: Clock,
): Promise<SendgridUnderTest> {
  const sandbox = await startSendgridSandbox({
    host: '127.0.0.1',
    port: 0,
    dataDir: undefined,
    webhookUrl: () => undefined,
    log: { info: () => {} },
  });
  const troubles: string[] = [];
  const config = SendgridConfig.parse({
    apiKey,
    baseUrl: sandbox.url,
    from: 'Acme <growth@mail.example.com>',
    ...differs,
  });
  const channel = createSendgridChannel(config, {
    onTrouble: (sentence) => troubles.push(sentence),
    ...(clock === undefined ? {} : { clock }),
  });
  return { channel, sandbox, troubles };
}
