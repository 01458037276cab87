import type { FastifyInstance } from 'fastify';
import { Fault } from '../core/fault.ts';
import { pageHeaders } from './page.ts';

/*
 * What the stand-ins have in common, whichever vendor they stand in for: where they listen, what they answer to what they do
 * not know, forms of their pages, and how often the hub asked for a decision.
 */

/** What a stand-in says when it cannot answer truly: a page to people, bodies as the vendor's to the hub. */
export interface Excuses {
  readonly noPage: string;
  readonly noCall: unknown;
  /** To a request that cannot be read; its status is below 500. */
  readonly unreadable: unknown;
  readonly broken: unknown;
}

/** Answers 404 to unknown addresses, the error's own status to broken requests, and 500 to faults of the stand-in. */
export function excuse(
  app: FastifyInstance,
  { noPage, noCall, unreadable, broken }: Excuses,
): void {
  app.setNotFoundHandler((request, reply) =>
    request.headers.accept?.includes('text/html') === true
      ? reply.code(404).headers(pageHeaders).send(noPage)
      : reply.code(404).send(noCall),
  );
  app.setErrorHandler((error, _request, reply) => {
    const status =
      error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
        ? error.statusCode
        : 500;
    return status < 500 ? reply.code(status).send(unreadable) : reply.code(500).send(broken);
  });
}

/** Lets a scope take the forms of pages: the body is a `URLSearchParams`. */
export function takeForms(scope: FastifyInstance): void {
  scope.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body, done) => done(null, new URLSearchParams(body.toString())),
  );
}

/**
 * Listens, and gives the address. Throws Fault `environment_invalid` when the address is taken, after `letGo` has closed
 * what the stand-in had opened.
 */
export async function listenAs(
  vendor: string,
  app: FastifyInstance,
  { host, port }: { readonly host: string; readonly port: number },
  letGo: () => void,
): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (error) {
    letGo();
    throw new Fault(
      'environment_invalid',
      'never',
      `cannot start the stand-in of ${vendor} at ${host}:${port}, because this machine does not give it that address; choose another port.`,
      error,
    );
  }
}

/** Decisions whose requests are counted; older counts are dropped first. */
const countedMax = 100_000;

/** How often each decision was asked for since the start, repeated and broken calls included. */
export function createRequestCounts(): {
  /** Undefined: a request that names no decision, which nobody counts. */
  add(decisionId: string | undefined): void;
  of(decisionId: string): number;
} {
  const counts = new Map<string, number>();
  return {
    add(decisionId) {
      if (decisionId === undefined) {
        return;
      }
      counts.set(decisionId, (counts.get(decisionId) ?? 0) + 1);
      const oldest = counts.size > countedMax ? counts.keys().next().value : undefined;
      if (oldest !== undefined) {
        counts.delete(oldest);
      }
    },
    of: (decisionId) => counts.get(decisionId) ?? 0,
  };
}
