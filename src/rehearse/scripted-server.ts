/** A provider on this machine that speaks as one definition says, made from that definition alone. Called by the rehearsal
 *  and by the tests of dialects. It checks every request against the definition and keeps what is wrong with it as a
 *  finding; it answers in the definition's dialect. It can be told to refuse, to break, or to lose an answer that it has
 *  acted on.
 *  Listens on 127.0.0.1; a request carries the provider's own address in its path (loopback-addresses.ts). */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Clock } from '../clock.js';
import type { Call } from '../providers/dialect.js';
import type { Provider } from '../providers/provider.js';
import { createApiEndpoint } from './api-endpoint.js';
import { createAuthorizeEndpoint } from './authorize-endpoint.js';
import { createDialectAnswers, json, type RefusalClass } from './dialect-answers.js';
import { addressesOf, createDiscoveryEndpoint, createKeysEndpoint } from './discovery-endpoints.js';
import type { Checked, Endpoint, Scene, Visitor } from './endpoint.js';
import { createExchangeEndpoint } from './exchange-endpoint.js';
import { createGrants, type Grants } from './grants.js';
import { fromLoopback, toLoopback } from './loopback-addresses.js';
import { forAnybody, type MadeValues } from './made-values.js';
import { createMeEndpoint } from './me-endpoint.js';
import type { CallName, ProviderAnswer, ProviderRequest } from './provider-request.js';
import type { Registration } from './registration.js';
import { createNonceEndpoint, createRevokeEndpoint } from './revoke-endpoints.js';
import { createSigningKey } from './signing-key.js';
import { createRefreshEndpoint, createTokenEndpoint } from './token-endpoints.js';

/** What the next call of a kind meets. `lost`: it is acted on, and the answer never arrives. A function: it is acted on, and
 *  the answer is what this makes of it. */
export type Instead = 'lost' | RefusalClass | ((answer: ProviderAnswer) => ProviderAnswer);

export interface ScriptedServer {
  readonly origin: string;
  readonly grants: Grants;
  /** What was wrong with requests so far, in the order in which they came. */
  readonly findings: readonly string[];
  /** How many calls of a kind came. */
  count(call: CallName): number;
  /** The next call of the kind meets this. */
  next(call: CallName, instead: Instead): void;
  /** Opens an authorization URL in the browser of a visitor; gives where it is sent back to. */
  visit(authorizationUrl: string, visitor: Visitor): Promise<string>;
  close(): Promise<void>;
}

export interface ScriptedServerParts {
  /** With every placeholder filled. */
  readonly provider: Provider;
  readonly values: MadeValues['all'];
  readonly registration: Registration;
  readonly clock: Clock;
}

export async function startScriptedServer(parts: ScriptedServerParts): Promise<ScriptedServer> {
  const { provider, clock } = parts;
  const findings: string[] = [];
  const counts = new Map<CallName, number>();
  const plans = new Map<CallName, Instead[]>();
  const report = (finding: string): void => void findings.push(finding);
  let visitor: Visitor = { person: 'nobody', consents: false };
  const scene: Scene = {
    ...parts,
    grants: createGrants(provider, clock),
    answers: createDialectAnswers({ dialect: provider.dialect.answers, report }),
    addresses: addressesOf(provider),
    signingKey: provider.issuer === null ? null : await createSigningKey(),
    report,
    visitor: () => visitor,
  };
  const endpoints = endpointsOf(scene);

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      report(`the rehearsed provider failed by itself: ${String(error)}`);
      response.writeHead(500).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = fromLoopback(forAnybody(request.url ?? ''));
    const body = forAnybody((await buffer(request)).toString('utf8'));
    if (url === null) return void response.writeHead(404).end();
    const seen: ProviderRequest = { method: request.method ?? '', url, headers: readHeaders(request), body };
    const answer = await answerTo(seen);
    if (answer === 'lost') request.socket.destroy();
    else response.writeHead(answer.status, answer.headers).end(answer.body);
  }

  async function answerTo(request: ProviderRequest): Promise<ProviderAnswer | 'lost'> {
    const meant = await findEndpoint(endpoints, request);
    if (!meant) {
      report(`${request.method} ${request.url.origin}${request.url.pathname} is no address of the definition`);
      return { status: 404 };
    }
    const { endpoint, checked } = meant;
    const { call } = endpoint;
    counts.set(call, (counts.get(call) ?? 0) + 1);
    for (const fault of checked.faults) report(`${call}: ${fault}`);
    const plan = plans.get(call)?.shift();
    if (typeof plan === 'string' && plan !== 'lost') return refuse(request, call, plan);
    const answer =
      checked.faults.length > 0 ? refuse(request, call, 'request') : await endpoint.answer(request, checked);
    return typeof plan === 'function' ? plan(answer) : (plan ?? answer);
  }

  function refuse(request: ProviderRequest, call: CallName, means: RefusalClass): ProviderAnswer {
    const speech = SPEECHES[call];
    return speech ? scene.answers.refusal(request, speech, means) : json(400, { error: 'invalid_request' });
  }

  return {
    origin,
    grants: scene.grants,
    findings,
    count: (call) => counts.get(call) ?? 0,
    next: (call, instead) => void plans.set(call, [...(plans.get(call) ?? []), instead]),
    async visit(authorizationUrl, who) {
      visitor = who;
      const answer = await fetch(toLoopback(origin, new URL(authorizationUrl)), { redirect: 'manual' });
      return answer.headers.get('location') ?? '';
    },
    close: () => stop(server),
  };
}

function readHeaders({ headers }: IncomingMessage): ProviderRequest['headers'] {
  return JSON.parse(forAnybody(JSON.stringify(headers))) as ProviderRequest['headers']; // the same, but for values
}

/** In which dialect a call's refusals are written; none for those that have no dialect. */
const SPEECHES: Readonly<Partial<Record<CallName, Call>>> = {
  token: 'token',
  exchange: 'token',
  refresh: 'refresh',
  revoke: 'revoke',
  nonce: 'revoke',
  me: 'me',
};

function endpointsOf(scene: Scene): Endpoint[] {
  const nonces = new Set<string>();
  return [
    createDiscoveryEndpoint(scene),
    createKeysEndpoint(scene),
    createAuthorizeEndpoint(scene),
    createTokenEndpoint(scene),
    createRefreshEndpoint(scene),
    createExchangeEndpoint(scene),
    createRevokeEndpoint(scene, nonces),
    createNonceEndpoint(scene, nonces),
    createMeEndpoint(scene),
    createApiEndpoint(scene),
  ];
}

interface Meant {
  readonly endpoint: Endpoint;
  readonly checked: Checked;
}

/** Of several at one address, the one that the request fits best; of equals, the first. The API is anything below its base,
 *  so it comes last. */
async function findEndpoint(endpoints: readonly Endpoint[], request: ProviderRequest): Promise<Meant | null> {
  let best: Meant | null = null;
  for (const endpoint of endpoints) {
    if (!endpoint.isAt(request.url) || (endpoint.call === 'api' && best !== null)) continue;
    const checked = await endpoint.check(request);
    if (best === null || checked.faults.length < best.checked.faults.length) best = { endpoint, checked };
  }
  return best;
}

async function stop(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
