import type { FeedbackConnector } from '../../src/core/ports.ts';
import type { SendgridConnectorConfig } from './config.ts';
import { createMapEvent } from './map.ts';
import { createParse } from './parse.ts';
import { createVerify } from './verify.ts';

export { SendgridConnectorConfig } from './config.ts';

/** SendGrid's way in: the Signed Event Webhook, which tells what became of each e-mail. Pure. */
export function createSendgridConnector(config: SendgridConnectorConfig): FeedbackConnector {
  return {
    vendor: 'sendgrid',
    verify: createVerify(config.publicKey),
    parse: createParse(createMapEvent(config.unsubscribeGroup)),
  };
}
