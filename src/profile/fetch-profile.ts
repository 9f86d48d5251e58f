/** Asks a provider who an access token belongs to (OpenID Connect Core §5.3). Called by proxy/me and by connect/ after an
 *  exchange. The token goes into the Authorization header (RFC 6750 §2.1) and to the userinfo endpoint that the
 *  provider's own discovery document names, nowhere else; nothing of an error answer reaches a caller. */
import type { Clock } from '../clock.js';
import { fail } from '../errors.js';
import type { Discovery } from '../oauth/discovery.js';
import { readJsonObject, type JsonObject } from '../outbound/strict-json.js';
import { singleHeader } from '../outbound/headers.js';
import { OutboundError, type Outbound, type OutboundAnswer } from '../outbound/outbound.js';
import { readRetryAfterSeconds } from '../outbound/retry-after.js';
import type { Provider } from '../providers/provider.js';
import type { Secret } from '../secret.js';
import { mapUserinfo } from './map-userinfo.js';
import { AccessTokenRefused, type ProviderProfile } from './provider-profile.js';

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 512 * 1024;
const MAX_DEPTH = 32;

export interface ProfileRequest {
  readonly provider: Provider;
  readonly accessToken: Secret;
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
}

export function createProfiles({ outbound, discovery, clock }: ProfileParts): Profiles {
  return {
    async fetch({ provider, accessToken, subject = null }) {
      const { userinfo_endpoint: url } = await discovery.metadata(provider);
      if (url === undefined) return failWithoutEndpoint(provider);
      const answer = await ask(url, { provider, accessToken, outbound });
      if (answer.status !== 200) return failAsAnswered(answer, provider, clock.now());
      const claims = readJsonObject(answer.body);
      if (claims === null || isDeeperThan(claims, MAX_DEPTH)) return failUnreadable(answer, provider);
      const profile = mapUserinfo(claims, accessToken.expose());
      assertSubject(profile, subject, provider);
      return profile;
    },
  };
}

interface Ask {
  readonly provider: Provider;
  readonly accessToken: Secret;
  readonly outbound: Outbound;
}

async function ask(url: string, { provider, accessToken, outbound }: Ask): Promise<OutboundAnswer> {
  try {
    return await outbound.send({
      url,
      method: 'GET',
      headers: { accept: 'application/json', authorization: `Bearer ${accessToken.expose()}` },
      allowedOrigins: [new URL(url).origin],
      network: provider.network,
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_BYTES,
    });
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
    return fail(
      'PROVIDER_UNAVAILABLE',
      { provider: provider.id },
      { detail: `userinfo: ${error.message}`, cause: error },
    );
  }
}

function failAsAnswered(answer: OutboundAnswer, provider: Provider, now: number): never {
  const retryAfterSeconds = readRetryAfterSeconds(answer, now);
  const facts = { provider: provider.id, ...(retryAfterSeconds === null ? {} : { retryAfterSeconds }) };
  const options = { detail: `userinfo: status ${answer.status}` };
  if (answer.status === 401) throw new AccessTokenRefused(provider.id);
  if (answer.status === 429) return fail('PROVIDER_RATE_LIMITED', facts, options);
  if (answer.status === 403 && isScopeMissing(answer)) {
    // OpenID Connect Core §5.3: the userinfo endpoint needs openid.
    return fail('SCOPE_MISSING', { ...facts, missingScopes: ['openid'] }, options);
  }
  return fail('PROVIDER_UNAVAILABLE', facts, options);
}

/** RFC 6750 §3.1. */
function isScopeMissing(answer: OutboundAnswer): boolean {
  return singleHeader(answer.headers, 'www-authenticate')?.includes('insufficient_scope') === true;
}

function failUnreadable(answer: OutboundAnswer, provider: Provider): never {
  const isSigned = singleHeader(answer.headers, 'content-type')?.startsWith('application/jwt') === true;
  if (!isSigned)
    return fail('PROVIDER_UNAVAILABLE', { provider: provider.id }, { detail: 'userinfo: not a JSON object' });
  const why = `The provider "${provider.id}" answers with signed profiles, which Latchkey does not read. Register it for plain ones.`;
  return fail('PROVIDER_MISCONFIGURED', { provider: provider.id, why });
}

function failWithoutEndpoint(provider: Provider): never {
  const why = `The provider "${provider.id}" offers no userinfo endpoint, so it cannot say who an account belongs to.`;
  return fail('PROVIDER_MISCONFIGURED', { provider: provider.id, why });
}

/** OpenID Connect Core §5.3.2: `sub` has to be there, and where it is known, has to be the same; else nothing of the
 *  answer may be used. */
function assertSubject(profile: ProviderProfile, subject: string | null, provider: Provider): void {
  if (profile.externalId !== null && (subject === null || profile.externalId === subject)) return;
  const whose =
    profile.externalId === null ? 'a profile without the id of its person' : 'the profile of another person';
  fail('PROVIDER_MISCONFIGURED', {
    provider: provider.id,
    why: `The provider "${provider.id}" answered with ${whose}.`,
  });
}

/** Hostile depth would overflow the stack of whoever walks the answer next. */
function isDeeperThan(value: JsonObject, limit: number): boolean {
  let level: object[] = [value];
  for (let depth = 0; depth <= limit; depth += 1) {
    if (level.length === 0) return false;
    level = level.flatMap((one) => Object.values(one).filter((inner) => typeof inner === 'object' && inner !== null));
  }
  return true;
}
