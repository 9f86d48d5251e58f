/** Calls a provider's API for a caller: the operator's rules, the user's token, the provider's answer as it comes. Called by
 *  http for /proxy and by send-json.ts. On behalf of a user it is an audited act that lasts as long as the answer flows: no
 *  STARTED row, no call.
 *  Must never: send a token anywhere but to the provider's own API. */
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream';
import type { ConnectedAccount } from '../accounts/connected-account.js';
import type { Audit, AuditTrace } from '../audit/audit.js';
import type { Actor } from '../callers/actor.js';
import type { CallerRole } from '../callers/caller.js';
import type { Clock } from '../clock.js';
import { fail } from '../errors.js';
import type { Discovery } from '../oauth/discovery.js';
import type { Logger } from '../observe/logger.js';
import { noMetrics, type Metrics } from '../observe/measures.js';
import { singleHeader } from '../outbound/headers.js';
import type { StreamedAnswer } from '../outbound/streams.js';
import { spellingsOf } from '../profile/remove-tokens.js';
import type { Catalogue, Provider, ProviderApi } from '../providers/provider.js';
import type { Activity } from '../refresh/activity.js';
import type { FreshTokens } from '../refresh/fresh-token.js';
import type { UsableToken } from '../refresh/usable-token.js';
import { apiAnswerHeaders } from './api-answer-headers.js';
import { readApiPath, type ApiPath } from './api-path.js';
import type { GivenHeaders } from './api-request-headers.js';
import { assertAllowed } from './api-rules.js';
import { createClosedEndpoints } from './closed-endpoints.js';
import { createExchange, type ExchangeParts, type Outgoing } from './exchange.js';
import { createMask } from './mask-secrets.js';
import { assertNoQueryToken } from './query-token.js';
import type { ReplayableBody } from './replayable-body.js';

export interface ApiCall {
  readonly actor: Actor;
  /** The caller's own, also where they act for somebody else. */
  readonly role: CallerRole;
  readonly providerId: string;
  /** Null means the only account there. */
  readonly accountId: string | null;
  /** One of the origins of the provider's API in the place of its base. */
  readonly apiOrigin: string | null;
  readonly method: string;
  /** Path and query below the base, as they were written. */
  readonly path: string;
  readonly headers: GivenHeaders;
  readonly body: ReplayableBody;
  /** Aborted when nobody waits any more. */
  readonly signal: AbortSignal;
}

export interface ApiAnswer {
  readonly status: number;
  /** Those that may reach a caller. */
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Readable;
  readonly account: ConnectedAccount;
  /** Texts that are secret, in every spelling; an answer that is read whole is masked with them. */
  readonly secrets: readonly string[];
}

export interface CallApi {
  /** Hands the answer to `deliver`, and ends when that has ended. Throws what `use` of fresh tokens throws, BAD_USER_INPUT
   *  for a path or an origin that is none of the API's, FORBIDDEN, PROVIDER_UNAVAILABLE, PROVIDER_MISCONFIGURED, and what
   *  `deliver` throws. */
  call<T>(call: ApiCall, deliver: (answer: ApiAnswer) => Promise<T>): Promise<T>;
}

export interface CallApiParts extends Omit<ExchangeParts, 'freshTokens'> {
  readonly freshTokens: Pick<FreshTokens, 'use' | 'afterRefusal'>;
  readonly catalogue: Catalogue;
  readonly discovery: Discovery;
  readonly activity: Pick<Activity, 'noteUse'>;
  readonly audit: Pick<Audit, 'around'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics?: Pick<Metrics, 'apiCallAnswered'>;
}

export function createCallApi(parts: CallApiParts): CallApi {
  const { freshTokens, catalogue, discovery, activity, audit, clock, log, metrics = noMetrics } = parts;
  const exchange = createExchange(parts);
  const closed = createClosedEndpoints({ discovery });

  return {
    async call(call, deliver) {
      const prepared = await prepare(call, catalogue.get(call.providerId));
      const { actor, accountId } = call;
      if (!actor.isOnBehalf) return send(call, prepared, { deliver });
      const { actorId, subjectId, reason, requestId } = actor;
      const act = { action: 'account.proxied', actorId, subjectId, accountId, reason, requestId } as const;
      return audit.around(act, (trace) => send(call, prepared, { deliver, trace }));
    },
  };

  /** All that can be refused before a token is taken up; where the account says where its API is, the place is not part of it. */
  async function prepare(call: ApiCall, provider: Provider): Promise<Prepared> {
    const path = readApiPath(call.path);
    const { method, role } = call;
    assertNoQueryToken(apiOf(provider), path.query);
    assertAllowed(provider, { method, readings: path.readings, role });
    if (provider.placeholders.length > 0) return (account) => address(call, path, catalogue.forAccount(account));
    const outgoing = await address(call, path, provider);
    return async () => outgoing;
  }

  async function address(call: ApiCall, path: ApiPath, provider: Provider): Promise<Outgoing> {
    const { method, headers, body, signal } = call;
    const api = apiOf(provider);
    const base = baseOf(provider, api, call.apiOrigin);
    const { origin, pathname } = base;
    const prefix = pathname === '/' ? '' : pathname;
    await closed.assertOpen(
      provider,
      origin,
      path.readings.map((reading) => `${prefix}${reading}`),
    );
    return { provider, api, url: addressOf({ origin, prefix, path }), origin, method, headers, body, signal };
  }

  async function send<T>(
    { actor, accountId, providerId, method }: ApiCall,
    prepared: Prepared,
    { deliver, trace }: { deliver: (answer: ApiAnswer) => Promise<T>; trace?: AuditTrace },
  ): Promise<T> {
    const startedAt = clock.monotonic();
    let status: number | null = null;
    try {
      const first = await freshTokens.use({ userId: actor.subjectId, providerId, accountId });
      if (trace) trace.accountId = first.account.id;
      const outgoing = await prepared(first.account);
      // The audit has no place for what was asked; whoever looks into an act finds it here by the request's id.
      if (trace) log.info({ event: 'proxy.on_behalf', provider: providerId, method, path: pathOf(outgoing) });
      const { answer, token } = await exchange.run(outgoing, first);
      status = answer.status;
      metrics.apiCallAnswered({ provider: providerId, status, tookMs: clock.monotonic() - startedAt });
      if (status !== 401) activity.noteUse(token);
      return await deliver(await toApiAnswer(answer, token, outgoing));
    } finally {
      if (status === null) {
        metrics.apiCallAnswered({ provider: providerId, status, tookMs: clock.monotonic() - startedAt });
      }
    }
  }
}

/** What is asked, once it is known for which account. */
type Prepared = (account: ConnectedAccount) => Promise<Outgoing>;

function apiOf({ id, api }: Provider): ProviderApi {
  if (api !== null) return api;
  const why = `The provider "${id}" has no address for its API here.`;
  return fail('PROVIDER_MISCONFIGURED', { provider: id, why });
}

/** The base, or an origin of the API that the operator has named. */
function baseOf({ id, apiOrigins }: Provider, { base }: ProviderApi, apiOrigin: string | null): URL {
  if (apiOrigin === null) return new URL(base);
  if (apiOrigins.includes(apiOrigin)) return new URL(apiOrigin);
  const why = `This is no origin of the API of the provider "${id}". The operator lists them as apiOrigins.`;
  return fail('BAD_USER_INPUT', { field: 'Latchkey-Api-Origin', why });
}

function addressOf(at: { readonly origin: string; readonly prefix: string; readonly path: ApiPath }): string {
  const { origin, prefix, path } = at;
  const address = `${origin}${prefix}${path.path}${path.query}`;
  const parsed = new URL(address);
  // What is refused above could only differ here; were that ever wrong, nothing goes out.
  if (parsed.origin !== origin || parsed.pathname !== (`${prefix}${path.path}` || '/')) {
    throw new Error('A path that was let through is read otherwise than it is written.');
  }
  return address;
}

function pathOf({ url }: Outgoing): string {
  return new URL(url).pathname;
}

async function toApiAnswer(answer: StreamedAnswer, token: UsableToken, outgoing: Outgoing): Promise<ApiAnswer> {
  const { provider, api, url } = outgoing;
  const secrets = secretsOf(token, provider);
  const { status, headers: given, body } = answer;
  const headers = apiAnswerHeaders(given, { url, secrets });
  const shared = { status, headers, account: token.account, secrets };
  if (!api.echoesToken) return { ...shared, body };
  if ((singleHeader(given, 'content-encoding') ?? 'identity') !== 'identity') {
    await answer.discard();
    const why = `The provider "${provider.id}" packed an answer that has to be searched for tokens.`;
    return fail('PROVIDER_UNAVAILABLE', { provider: provider.id, why });
  }
  return { ...shared, body: pipeline(body, createMask(secrets), () => undefined) };
}

function secretsOf({ accessToken, refreshToken }: UsableToken, { client }: Provider): string[] {
  const secrets = [accessToken, refreshToken, 'secret' in client ? client.secret : null];
  return secrets.flatMap((secret) => (secret === null ? [] : spellingsOf(secret)));
}
