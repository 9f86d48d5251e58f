/** Who signed in, from an ID Token that passed every check of OpenID Connect Core §3.1.3.7. Called by code-grant.ts.
 *  The signature is checked although the token came over TLS: a provider that signs with `none`, or with a secret that
 *  others may know, is refused. */
import {
  getValidatedIdTokenClaims,
  processAuthorizationCodeResponse,
  validateApplicationLevelSignature,
  type AuthorizationServer,
} from 'oauth4webapi';
import { fail } from '../errors.js';
import { OutboundError, type Outbound } from '../outbound/outbound.js';
import type { Provider } from '../providers/provider.js';
import type { Secret } from '../secret.js';
import { clientOf } from './client-authentication.js';
import { requestOptions } from './provider-fetch.js';
import type { GrantedMembers } from './read-token-answer.js';

const JWKS_TIMEOUT_MS = 5_000;
const JWKS_MAX_BYTES = 256 * 1024;

export interface IdTokenCheck {
  readonly provider: Provider;
  readonly metadata: AuthorizationServer;
  readonly outbound: Outbound;
  readonly members: GrantedMembers;
  /** Null where openid was not asked for: then an ID Token is neither needed nor believed. */
  readonly nonce: Secret | null;
}

/** Throws STATE_INVALID for another sign-in's token, PROVIDER_MISCONFIGURED for one that fails otherwise,
 *  PROVIDER_UNAVAILABLE where the keys cannot be had. */
export async function readSubject(check: IdTokenCheck): Promise<string | null> {
  if (check.nonce === null) return null;
  try {
    return await validate(check, check.nonce);
  } catch (error) {
    return failIdToken(error, check.provider);
  }
}

async function validate(
  { provider, metadata, outbound, members }: IdTokenCheck,
  nonce: Secret,
): Promise<string | null> {
  const response = asResponse(members);
  const processed = await processAuthorizationCodeResponse(metadata, clientOf(provider), response, {
    expectedNonce: nonce.expose(),
    requireIdToken: true,
  });
  const endpoint = metadata.jwks_uri ?? metadata.issuer;
  const call = { outbound, provider, endpoint, timeoutMs: JWKS_TIMEOUT_MS, maxBytes: JWKS_MAX_BYTES };
  await validateApplicationLevelSignature(metadata, response, requestOptions(call));
  return getValidatedIdTokenClaims(processed)?.sub ?? null;
}

/** The members that were read strictly, and no others, in the shape that the library checks. */
function asResponse(members: GrantedMembers): Response {
  const { access_token, token_type, id_token } = members;
  return Response.json({ access_token, token_type, ...(id_token === null ? {} : { id_token }) });
}

function failIdToken(error: unknown, { id }: Provider): never {
  const detail = `ID Token: ${codeOf(error)}`;
  if (error instanceof OutboundError || isUnreadableKeySet(error)) {
    return fail('PROVIDER_UNAVAILABLE', { provider: id }, { detail });
  }
  if (isOtherNonce(error)) {
    const why = `The answer of the provider "${id}" belongs to another sign-in.`;
    return fail('STATE_INVALID', { provider: id, why }, { detail });
  }
  const why = `The provider "${id}" answered with an identity (ID Token) that does not pass its checks.`;
  return fail('PROVIDER_MISCONFIGURED', { provider: id, why }, { detail });
}

/** The library's cause holds claims and keys: only its code and its own words about them are kept. */
function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'failed';
}

function isUnreadableKeySet(error: unknown): boolean {
  return ['OAUTH_RESPONSE_IS_NOT_CONFORM', 'OAUTH_RESPONSE_IS_NOT_JSON'].includes(codeOf(error));
}

function isOtherNonce(error: unknown): boolean {
  const cause: unknown = error instanceof Error ? error.cause : null;
  return typeof cause === 'object' && cause !== null && 'claim' in cause && cause.claim === 'nonce';
}
