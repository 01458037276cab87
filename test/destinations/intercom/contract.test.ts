import { promptChannelContract } from '../prompt-channel-contract.ts';
import { messagePrompt } from '../prompt-fixture.ts';
import { startIntercom, token } from './channel-under-test.ts';

for (const form of ['event', 'banner'] as const) {
  promptChannelContract(
    `Intercom with the form ${form}`,
    async (timeoutMs) => {
      const { channel, sandbox, troubles } = await startIntercom(timeoutMs);
      return {
        channel,
        troubles,
        removesRepetitions: true,
        secrets: [token, 'lena@example.com'],
        vendor: {
          plays: (...plays) => sandbox.script('create_event', plays),
          askedFor: (decisionId) => sandbox.requestsOf(decisionId),
          shown: (decisionId) =>
            sandbox.prompts().filter(({ metadata }) => metadata['decision_id'] === decisionId)
              .length,
          goesAway: () => sandbox.close(),
        },
        close: () => sandbox.close(),
      };
    },
    { prompt: { form } },
  );
}

promptChannelContract(
  'Intercom with the form message',
  async (timeoutMs) => {
    const { channel, sandbox, troubles } = await startIntercom(timeoutMs);
    return {
      channel,
      troubles,
      removesRepetitions: false,
      secrets: [token, 'lena@example.com'],
      vendor: {
        plays: (...plays) => sandbox.script('create_message', plays),
        askedFor: (decisionId) => sandbox.requestsOf(decisionId),
        shown: (decisionId) =>
          sandbox.messages().filter((message) => message.decisionId === decisionId).length,
        goesAway: () => sandbox.close(),
      },
      close: () => sandbox.close(),
    };
  },
  { prompt: messagePrompt, isRepeatable: false },
);
