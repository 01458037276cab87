import { promptChannelContract } from '../prompt-channel-contract.ts';
import { apiKey, startSendgrid } from './channel-under-test.ts';

promptChannelContract('SendGrid', async (timeoutMs) => {
  const { channel, sandbox, troubles } = await startSendgrid({ timeoutMs });
  return {
    channel,
    troubles,
    removesRepetitions: false,
    secrets: [apiKey, 'lena@example.com'],
    vendor: {
      plays: (...plays) => sandbox.script('send_mail', plays),
      askedFor: (decisionId) => sandbox.requestsOf(decisionId),
      shown: (decisionId) =>
        sandbox.emails().filter(({ customArgs }) => customArgs['decision_id'] === decisionId)
          .length,
      goesAway: () => sandbox.close(),
    },
    close: () => sandbox.close(),
  };
});
