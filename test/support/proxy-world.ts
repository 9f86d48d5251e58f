/** The whole gateway between a caller and the API of a provider, for tests of what passes through: an API whose answers the
 *  test writes byte by byte, and callers that send any request target and header.
 *      const world = await openProxyWorld();
 *      world.api.on('/v1/user', (_request, response) => response.end('{}'));
 *      const answer = await world.send({ path: '/user' });  */
import { once } from 'node:events';
import { request as sendHttp, type ClientRequest, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ProviderApi } from '../../src/providers/provider.js';
import { connectUser } from './connected-user.js';
import { startOidcProvider, type TestOidcProvider } from './oidc-provider.js';
import { startStreamingServer, type StreamingServer } from './streaming-server.js';
import { startTestApp, type TestApp } from './test-app.js';
import { createTestClock, type TestClock } from './test-clock.js';

export interface ProxyWorld {
  readonly app: TestApp;
  readonly oidc: TestOidcProvider;
  /** Its base is /v1. */
  readonly api: StreamingServer;
  readonly clock: TestClock;
  /** The account of "anna" at the provider "test". */
  readonly accountId: string;
  /** Connects one more account. */
  connect(userId: string, login: string): Promise<string>;
  /** Begins a request of anna's; nothing is sent of its body. The JWT is hers unless a header says otherwise. */
  begin(request?: ProxyRequest): Promise<ClientRequest>;
  /** The whole of one. */
  send(request?: ProxyRequest & { readonly body?: string | Uint8Array }): Promise<ProxyAnswer>;
  /** Moves the clock on until the promise is settled. */
  passTimeUntil<T>(promise: Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface ProxyRequest {
  readonly method?: string;
  /** Below /proxy/test, byte for byte. */
  readonly path?: string;
  /** The whole request target in its place. */
  readonly target?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly user?: string;
  readonly roles?: readonly string[];
}

export interface ProxyAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly bytes: Buffer;
  readonly text: string;
  /** The code of Latchkey's own answer, if it is one. */
  readonly code: string | null;
}

export interface ProxyWorldOptions {
  /** Changes of the provider's API, where its issuer is at that address. */
  readonly api?: Partial<ProviderApi> | ((issuer: string) => Partial<ProviderApi>);
  readonly environment?: Readonly<Record<string, string>>;
}

export async function openProxyWorld({ api: change, environment }: ProxyWorldOptions = {}): Promise<ProxyWorld> {
  const [oidc, api] = [await startOidcProvider(), await startStreamingServer()];
  const clock = createTestClock(Date.now());
  const own: ProviderApi = {
    base: `${api.origin}/v1`,
    headers: {},
    token: { header: 'authorization', scheme: 'Bearer' },
    echoesToken: false,
    allow: null,
    ...(typeof change === 'function' ? change(oidc.issuer) : change),
  };
  const app = await startTestApp({
    clock,
    ...(environment ? { environment } : {}),
    providers: (url) => {
      oidc.registerRedirectUri(`${url}/oauth/callback/test`);
      const other = oidc.provider({ id: 'without-api', api: null, apiOrigins: [] });
      return [oidc.provider({ api: own, apiOrigins: [api.origin], redirectUris: [] }), other];
    },
  });
  const connect = async (userId: string, login: string): Promise<string> =>
    connectUser({ app, oidc, token: await app.tokenFor(userId), login });
  const accountId = await connect('anna', 'anna');
  const { hostname, port } = new URL(app.url);

  const world: ProxyWorld = {
    app,
    oidc,
    api,
    clock,
    accountId,
    connect,
    async begin({ method = 'GET', path = '/thing', target, headers = {}, user = 'anna', roles = [] } = {}) {
      const authorization = `Bearer ${await app.tokenFor(user, roles)}`;
      const sent = sendHttp({
        hostname,
        port,
        method,
        path: target ?? `/proxy/test${path}`,
        headers: { authorization, ...headers },
        agent: false,
      });
      sent.on('error', () => undefined); // who wants to know asks for the answer
      return sent;
    },
    async send({ body, ...request } = {}) {
      const sent = await world.begin(request);
      sent.end(body);
      return wholeOf(sent);
    },
    async passTimeUntil(promise) {
      const outcome = promise.then(
        () => 'settled',
        () => 'settled',
      );
      while ((await Promise.race([outcome, nextTurn('waiting')])) !== 'settled') clock.advance(10);
      return promise;
    },
    async close() {
      await world.passTimeUntil(app.close());
      await api.close();
      await oidc.close();
    },
  };
  return world;
}

/** The answer to a request that was ended. */
export async function wholeOf(sent: ClientRequest): Promise<ProxyAnswer> {
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const bytes = await buffer(response);
  const text = bytes.toString('utf8');
  const isOwn = response.headers['content-type']?.startsWith('application/problem+json') === true && text !== '';
  const code = isOwn ? String((JSON.parse(text) as { code: unknown }).code) : null;
  return { status: response.statusCode ?? 0, headers: response.headers, bytes, text, code };
}

/** Until it holds; every turn lets sockets work. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await nextTurn();
}
