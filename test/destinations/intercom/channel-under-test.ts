import { createIntercomChannel, IntercomConfig } from '../../../destinations/intercom/index.ts';
import { type IntercomSandbox, startIntercomSandbox } from '../../../src/sandbox/intercom.ts';

export const token = 'dG9rOnNlY3JldC1mb3ItdGVzdHM';

/** One call as it went over the wire. */
export interface WireCall {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly requestBody: unknown;
  readonly status: number;
  readonly responseBody: unknown;
}

/** The channel and a sandbox of its own, with every answered call written down. */
export interface IntercomUnderTest {
  readonly channel: ReturnType<typeof createIntercomChannel>;
  readonly sandbox: IntercomSandbox;
  readonly calls: WireCall[];
  readonly troubles: string[];
  /** fetch that writes down, with the token. */
  ask(method: string, path: string, body?: unknown): Promise<Response>;
}

export async function startIntercom(timeoutMs = 10_000): Promise<IntercomUnderTest> {
  const sandbox = await startIntercomSandbox({
    host: '127.0.0.1',
    port: 0,
    dataDir: undefined,
    log: { info: () => {} },
  });
  const calls: WireCall[] = [];
  const troubles: string[] = [];
  const recorded: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    const url = new URL(input instanceof Request ? input.url : input);
    const text = await response.clone().text();
    calls.push({
      method: init?.method ?? 'GET',
      path: url.pathname + url.search,
      requestBody: typeof init?.body === 'string' ? JSON.parse(init.body) : undefined,
      status: response.status,
      responseBody: /^[{[]/u.test(text) ? JSON.parse(text) : text,
    });
    return response;
  };
  const channel = createIntercomChannel(
    IntercomConfig.parse({ accessToken: token, baseUrl: sandbox.url, timeoutMs }),
    { fetch: recorded, onTrouble: (sentence) => troubles.push(sentence) },
  );
  return {
    channel,
    sandbox,
    calls,
    troubles,
    ask: (method, path, body) =>
      recorded(`${sandbox.url}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
  };
}
