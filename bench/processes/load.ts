import { z } from 'zod';
import { answer } from '../harness/answer.ts';
import { driveClosed, drivePaced, type Driven } from '../load/drive.ts';
import { openHttpConnection } from '../load/http-connection.ts';
import { batchRequests, type PreparedRequest, webhookRequests } from '../load/requests.ts';
import { createStream } from '../workload/stream.ts';
import { StreamParams } from '../workload/stream-params.ts';

/*
 * The load generator. All requests are made before the first is sent, so that while it sends it does little but write and
 * read; it shares the machine with the server under test and must not be what is measured.
 */

let prepared: readonly PreparedRequest[] = [];

const Prepare = z.object({ stream: StreamParams, style: z.enum(['webhook', 'batch']) });
const Drive = z.object({
  port: z.number(),
  connections: z.number(),
  /** Which of the prepared requests. */
  from: z.number(),
  to: z.number(),
  /** Requests per second; undefined: as fast as they are answered. */
  perSecond: z.number().optional(),
});

answer({
  async prepare(params) {
    const { stream, style } = Prepare.parse(params);
    const events = createStream(stream);
    prepared = style === 'webhook' ? webhookRequests(events) : batchRequests(events, 100);
    return prepared.length;
  },
  async drive(params): Promise<Driven> {
    const { port, connections, from, to, perSecond } = Drive.parse(params);
    const open = await Promise.all(
      Array.from({ length: connections }, () => openHttpConnection(port)),
    );
    const requests = prepared.slice(from, to);
    const driven =
      perSecond === undefined
        ? await driveClosed(open, requests)
        : await drivePaced(open, requests, perSecond);
    for (const connection of open) {
      connection.close();
    }
    return driven;
  },
});
