/** A server on 127.0.0.1 that answers as it is told, for tests of what a bad provider may do: any status, header and
 *  bytes, silence, a cut in the middle, an endless body. Its own discovery document is honest unless it is told
 *  otherwise.
 *      const server = await startHostileServer();
 *      server.answer('/token', { status: 500, body: '<html>' });  */
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRequestTap, type CannedAnswer, type SeenRequest } from './request-tap.js';

export interface RawAnswer extends CannedAnswer {
  /** `cut`: promises more than it sends, then closes. `stalled`: the same, but stays silent. `endless`: never ends.
   *  `silent`: headers never come. `reset`: closes instead of answering. */
  readonly manner?: 'whole' | 'cut' | 'stalled' | 'endless' | 'silent' | 'reset';
}

export interface HostileServer {
  readonly origin: string;
  readonly requests: readonly SeenRequest[];
  /** From now on, requests to the path get this. */
  answer(path: string, answer: RawAnswer): void;
  /** The same as JSON with status 200. */
  answerJson(path: string, body: unknown): void;
  /** From now on, each request to the path gets what this makes of it. */
  answerEach(path: string, make: (request: SeenRequest) => RawAnswer): void;
  /** Resolves when a request to the path has come whole; at once if one has. */
  arrival(path: string): Promise<void>;
  /** The honest discovery document, with changes; undefined removes a member. */
  describe(changes: Readonly<Record<string, unknown>>): void;
  close(): Promise<void>;
}

const DISCOVERY = '/.well-known/openid-configuration';

export async function startHostileServer(): Promise<HostileServer> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const answers = new Map<string, (request: SeenRequest) => RawAnswer>();
  const tap = createRequestTap([]);
  const arrivals = new EventEmitter();
  const arrived = new Set<string>();

  const answerEach: HostileServer['answerEach'] = (path, make) => void answers.set(path, make);
  const answerJson: HostileServer['answerJson'] = (path, body) => {
    const headers = { 'content-type': 'application/json' };
    answerEach(path, () => ({ status: 200, headers, body: JSON.stringify(body) }));
  };
  const describe: HostileServer['describe'] = (changes) => answerJson(DISCOVERY, { ...honest(origin), ...changes });
  describe({});

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { pathname } = new URL(request.url ?? '/', origin);
    void tap.pass(pathname, request, response).then(async () => {
      await once(request.resume(), 'end'); // the tap keeps what arrives
      arrived.add(pathname);
      arrivals.emit(pathname);
      const seen = tap.seen.findLast((one) => one.endpoint === pathname) as SeenRequest;
      return give(answers.get(pathname)?.(seen) ?? { status: 404 }, request, response);
    });
  });

  return {
    origin,
    requests: tap.seen,
    answer: (path, answer) => answerEach(path, () => answer),
    answerJson,
    answerEach,
    describe,
    arrival: async (path) => {
      if (!arrived.has(path)) await once(arrivals, path);
    },
    close: () => stop(server),
  };
}

function honest(origin: string): Record<string, unknown> {
  return {
    issuer: origin,
    authorization_endpoint: `${origin}/auth`,
    token_endpoint: `${origin}/token`,
    userinfo_endpoint: `${origin}/me`,
    revocation_endpoint: `${origin}/revoke`,
    jwks_uri: `${origin}/jwks`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
  };
}

function give(answer: RawAnswer, request: IncomingMessage, response: ServerResponse): void {
  const { status, headers = {}, body = '', manner = 'whole' } = answer;
  switch (manner) {
    case 'silent':
      return;
    case 'reset':
      request.socket.destroy();
      return;
    case 'whole':
      response.writeHead(status, { ...headers }).end(body);
      return;
    case 'cut':
    case 'stalled':
      response.writeHead(status, { ...headers, 'content-length': '1000000' });
      response.write(body, () => void (manner === 'cut' && request.socket.destroy()));
      return;
    case 'endless': {
      response.writeHead(status, { ...headers });
      const more = (): void => {
        if (!response.destroyed) response.write('x'.repeat(65_536), more);
      };
      more();
      return;
    }
    default:
      manner satisfies never;
  }
}

async function stop(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
