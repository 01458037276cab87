import { promptChannelContract } from '../prompt-channel-contract.ts';
import { startIntercom, token } from './channel-under-test.ts';

promptChannelContract('Intercom', async (timeoutMs) => {
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
        sandbox.prompts().filter(({ metadata }) => metadata['decision_id'] === decisionId).length,
      goesAway: () => sandbox.close(),
    },
    close: () => sandbox.close(),
  };
});
