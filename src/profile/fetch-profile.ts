/** Asks a provider who an access token belongs to: at the userinfo endpoint (OpenID Connect Core §5.3), or where and how
 *  its definition says. Called by proxy/me and by connect/ after an exchange. The token goes to that one address of the
 *  provider's and nowhere else; nothing of an error answer reaches a caller. */
import type { Clock } from '../clock.js';
import { fail } from '../errors.js';
import { oneSecret, type ClientSecrets, type Opinion } from '../oauth/client-secrets.js';
import type { Discovery } from '../oauth/discovery.js';
import { singleHeader } from '../outbound/headers.js';
import { OutboundError, type Outbound, type OutboundAnswer } from '../outbound/outbound.js';
import { readRetryAfterSeconds } from '../outbound/retry-after.js';
import { isDeeperThan, type JsonObject } from '../outbound/strict-json.js';
import type { Provider } from '../providers/provider.js';
import { keepFrom } from '../providers/kept-values.js';
import { queryJson } from '../providers/query-json.js';
import { readAnswer, type ReadAnswer } from '../providers/read-answer.js';
import type { Secret } from '../secret.js';
import { mapMe } from './map-me.js';
import { mapUserinfo } from './map-userinfo.js';
import { buildMeRequest } from './me-request.js';
import { AccessTokenRefused, type ProfileContent, type ProviderProfile } from './provider-profile.js';

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 512 * 1024;
const MAX_DEPTH = 32;

export interface ProfileRequest {
  readonly provider: Provider;
  readonly accessToken: Secret;
  /** Not sent; taken out of the answer where the provider tells it back. */
  readonly refreshToken?: Secret | null;
  /** Who it has to be (`sub` of the ID Token, or the account's external id); absent or null where nobody knows yet. */
  readonly subject?: string | null;
}

export interface Profiles {
  /** Throws AccessTokenRefused on 401; SCOPE_MISSING, PROVIDER_RATE_LIMITED, PROVIDER_UNAVAILABLE or
   *  PROVIDER_MISCONFIGURED otherwise. */
  fetch(request: ProfileRequest): Promise<ProviderProfile>;
}

export interface ProfileParts {
  outbound: Outbound;
  discovery: Discovery;
  clock: Clock;
  clientSecrets?: ClientSecrets;
}

export function createProfiles(parts: ProfileParts): Profiles {
  const { outbound, discovery, clock, clientSecrets = oneSecret } = parts;
  return {
    async fetch({ provider, accessToken, refreshToken = null, subject = null }) {
      const answer = await clientSecrets.use(
        provider,
        async (known) => ask(await buildMeRequest({ provider: known, accessToken, discovery }), known, outbound),
        (came) => opinionOf(came, provider),
      );
      const content = readContent(answer, provider, clock.now());
      const { me } = provider;
      if (me?.refused && queryJson(me.refused, content) === true) throw new AccessTokenRefused(provider.id);
      const secrets = [accessToken, refreshToken, ...clientSecretsOf(provider)].filter((secret) => !!secret);
      const mapped = me
        ? mapMe(content, { map: me.map, secrets, subject })
        : mapUserinfo(claimsOf(content, provider), secrets);
      // Of what is left once the tokens are gone.
      const profile = { ...mapped, providerValues: keepFrom(provider.dialect.keep.me, mapped.raw) };
      assertSubject(profile, subject, provider);
      return profile;
    },
  };
}

function clientSecretsOf({ client }: Provider): (Secret | undefined)[] {
  return 'secret' in client ? [client.secret, client.nextSecret] : [];
}

/** Where the client is proved with the question (RFC 7662 §2.1), a refusal may be of the client. */
function opinionOf(answer: OutboundAnswer, { me, dialect }: Provider): Opinion {
  if (me?.authentication !== 'client') return 'NOTHING';
  const read = readAnswer(dialect.answers, 'me', answer);
  const isRefused = answer.status === 401 || (read.kind === 'refusal' && read.means === 'configuration');
  if (isRefused) return 'REFUSED';
  return answer.status === 200 ? 'ACCEPTED' : 'NOTHING';
}

async function ask(
  request: Awaited<ReturnType<typeof buildMeRequest>>,
  { id, network }: Provider,
  outbound: Outbound,
): Promise<OutboundAnswer> {
  try {
    return await outbound.send({ ...request, network, timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES });
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
    return fail('PROVIDER_UNAVAILABLE', { provider: id }, { detail: `me: ${error.message}`, cause: error });
  }
}

function readContent(answer: OutboundAnswer, provider: Provider, now: number): ProfileContent {
  const read = readAnswer(provider.dialect.answers, 'me', answer);
  switch (read.kind) {
    case 'content':
    case 'list':
      return answer.status === 200 && !isDeeperThan(read.content, MAX_DEPTH)
        ? read.content
        : failUnreadable(answer, provider);
    case 'refusal':
      return failAsRefused(read, provider, readRetryAfterSeconds(answer, now));
    case 'unreadable':
      return failUnreadable(answer, provider);
    case 'asItCame':
      return answer.status === 200 ? failUnreadable(answer, provider) : failAsAnswered(answer, provider, now);
    default:
      return read satisfies never;
  }
}

/** OpenID Connect Core §5.3.2: one object. */
function claimsOf(content: ProfileContent, { id }: Provider): JsonObject {
  if (!Array.isArray(content)) return content;
  return fail('PROVIDER_UNAVAILABLE', { provider: id }, { detail: 'me: no readable answer' });
}

type Refusal = Extract<ReadAnswer, { kind: 'refusal' }>;

function failAsRefused({ means, retryAfterSeconds }: Refusal, provider: Provider, fromHeader: number | null): never {
  const wait = retryAfterSeconds ?? fromHeader;
  const facts = { provider: provider.id, ...(wait === null ? {} : { retryAfterSeconds: wait }) };
  const options = { detail: `me: ${means}` };
  switch (means) {
    case 'accessTokenRefused':
    case 'deadGrant':
      throw new AccessTokenRefused(provider.id);
    case 'scopeMissing':
      return failForScope(provider, options);
    case 'rateLimited':
      return fail('PROVIDER_RATE_LIMITED', facts, options);
    case 'retryLater':
      return fail('PROVIDER_UNAVAILABLE', facts, options);
    case 'configuration':
    case 'request':
      return fail('PROVIDER_MISCONFIGURED', facts, options);
    default:
      return means satisfies never;
  }
}

function failAsAnswered(answer: OutboundAnswer, provider: Provider, now: number): never {
  const retryAfterSeconds = readRetryAfterSeconds(answer, now);
  const facts = { provider: provider.id, ...(retryAfterSeconds === null ? {} : { retryAfterSeconds }) };
  const options = { detail: `me: status ${answer.status}` };
  if (answer.status === 401) {
    // Where our own credentials were asked for, it is they that were refused (RFC 7662 §2.3).
    if (provider.me?.authentication === 'client') return fail('PROVIDER_MISCONFIGURED', facts, options);
    throw new AccessTokenRefused(provider.id);
  }
  if (answer.status === 429) return fail('PROVIDER_RATE_LIMITED', facts, options);
  if (answer.status === 403 && isScopeMissing(answer)) return failForScope(provider, options);
  return fail('PROVIDER_UNAVAILABLE', facts, options);
}

/** OpenID Connect Core §5.3: the userinfo endpoint needs openid. */
function failForScope({ id, me }: Provider, options: { detail: string }): never {
  return fail('SCOPE_MISSING', { provider: id, missingScopes: me ? me.scopes : ['openid'] }, options);
}

/** RFC 6750 §3.1. */
function isScopeMissing(answer: OutboundAnswer): boolean {
  return singleHeader(answer.headers, 'www-authenticate')?.includes('insufficient_scope') === true;
}

function failUnreadable(answer: OutboundAnswer, provider: Provider): never {
  const isSigned = singleHeader(answer.headers, 'content-type')?.startsWith('application/jwt') === true;
  if (!isSigned) return fail('PROVIDER_UNAVAILABLE', { provider: provider.id }, { detail: 'me: no readable answer' });
  const why = `The provider "${provider.id}" answers with signed profiles, which Latchkey does not read. Register it for plain ones.`;
  return fail('PROVIDER_MISCONFIGURED', { provider: provider.id, why });
}

/** OpenID Connect Core §5.3.2: `sub` has to be there, and where it is known, has to be the same; else nothing of the
 *  answer may be used. It holds for every provider's own kind of id. */
function assertSubject(profile: ProviderProfile, subject: string | null, provider: Provider): void {
  if (profile.externalId !== null && (subject === null || profile.externalId === subject)) return;
  const whose =
    profile.externalId === null ? 'a profile without the id of its person' : 'the profile of another person';
  fail('PROVIDER_MISCONFIGURED', {
    provider: provider.id,
    why: `The provider "${provider.id}" answered with ${whose}.`,
  });
}
