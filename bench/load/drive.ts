import { setTimeout as delay } from 'node:timers/promises';
import type { HttpConnection } from './http-connection.ts';
import type { PreparedRequest } from './requests.ts';

/** What sending came to. */
export interface Driven {
  readonly events: number;
  readonly seconds: number;
  /** Answers other than 200. */
  readonly refused: number;
}

/** Each connection sends its next request as soon as the last one was answered: as fast as the server can. */
export async function driveClosed(
  connections: readonly HttpConnection[],
  requests: readonly PreparedRequest[],
): Promise<Driven> {
  let next = 0;
  let events = 0;
  let refused = 0;
  const startedMs = performance.now();
  await Promise.all(
    connections.map(async (connection) => {
      for (let request = requests[next]; request !== undefined; request = requests[next]) {
        next += 1;
        const status = await connection.send(request.bytes);
        events += request.events;
        refused += status === 200 ? 0 : 1;
      }
    }),
  );
  return { events, seconds: (performance.now() - startedMs) / 1_000, refused };
}

/**
 * Sends at an even pace, whatever the answers do: a request whose time has come waits for a free connection only. The pace
 * is kept on average; requests of one millisecond go out together.
 */
export async function drivePaced(
  connections: readonly HttpConnection[],
  requests: readonly PreparedRequest[],
  perSecond: number,
): Promise<Driven> {
  const free = [...connections];
  const waiting: PreparedRequest[] = [];
  const running: Promise<void>[] = [];
  let events = 0;
  let refused = 0;
  const dispatch = (): void => {
    while (free.length > 0 && waiting.length > 0) {
      const connection = free.pop();
      const request = waiting.shift();
      if (connection !== undefined && request !== undefined) {
        running.push(sendOne(connection, request));
      }
    }
  };
  const sendOne = async (connection: HttpConnection, request: PreparedRequest): Promise<void> => {
    const status = await connection.send(request.bytes);
    events += request.events;
    refused += status === 200 ? 0 : 1;
    free.push(connection);
    dispatch();
  };
  const startedMs = performance.now();
  for (let sent = 0; sent < requests.length; ) {
    const due = Math.min(
      requests.length,
      Math.ceil(((performance.now() - startedMs) / 1_000) * perSecond),
    );
    waiting.push(...requests.slice(sent, due));
    sent = due;
    dispatch();
    await delay(1);
  }
  while (running.length < requests.length) {
    await Promise.all(running);
  }
  await Promise.all(running);
  return { events, seconds: (performance.now() - startedMs) / 1_000, refused };
}
