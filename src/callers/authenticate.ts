/** Finds out who calls: takes the bearer token, verifies it, reads user id and roles; a service token is looked up. Called at the edges (http, graphql)
 *  for every request that needs a user. RFC 7519 §7.2, RFC 8725, RFC 6750.
 *  Must never: read a claim before the signature holds, or repeat a part of the token in a fault. */
import { jwtVerify, type JWTVerifyGetKey, type JWTVerifyResult } from 'jose';
import type { Clock } from '../clock.js';
import type { CallersConfig } from '../config/config.js';
import { fail } from '../errors.js';
import type { Logger } from '../observe/logger.js';
import type { Outbound } from '../outbound/outbound.js';
import type { Secret } from '../secret.js';
import { createServiceAuthenticator, type ServiceAuthenticatorParts } from './authenticate-service.js';
import { readBearerToken } from './bearer-token.js';
import type { Caller } from './caller.js';
import { readClaims } from './read-claims.js';
import { refuseJwt } from './refuse-jwt.js';
import { looksLikeServiceToken } from './service-token-text.js';
import { createVerificationKeys } from './verification-keys.js';
import { createVerifiedCallers } from './verified-callers.js';

export interface Authenticator {
  /** Throws UNAUTHENTICATED, its sentence naming the class of the fault; INTERNAL where the issuer's keys cannot be
   *  fetched, which is no fault of the caller. */
  authenticate(authorizationHeader: string | undefined): Promise<Caller>;
}

export interface AuthenticatorParts {
  readonly config: CallersConfig;
  readonly outbound: Outbound;
  readonly clock: Clock;
  readonly log: Logger;
  readonly serviceTokens: ServiceAuthenticatorParts['tokens'];
}

export function createAuthenticator(parts: AuthenticatorParts): Authenticator {
  const { config, outbound, clock, log, serviceTokens: tokens } = parts;
  const findKey = createVerificationKeys({ config, outbound, clock, log });
  const verified = createVerifiedCallers({ clock });
  const authenticateService = createServiceAuthenticator({ tokens, clock });
  return {
    async authenticate(authorizationHeader) {
      const token = readBearerToken(authorizationHeader);
      if (looksLikeServiceToken(token.expose())) return authenticateService(token);
      const known = verified.find(token);
      if (known) return known;
      const { payload, protectedHeader } = await verify(token, { findKey, config, clock });
      assertIsForAccess(protectedHeader.typ);
      const caller = readClaims(payload, config);
      verified.keep(token, caller);
      return caller;
    },
  };
}

async function verify(
  token: Secret,
  { findKey, config, clock }: { findKey: JWTVerifyGetKey; config: CallersConfig; clock: Clock },
): Promise<JWTVerifyResult> {
  try {
    return await jwtVerify(token.expose(), findKey, {
      issuer: config.issuer,
      audience: [...config.audience],
      algorithms: [...config.algorithms],
      requiredClaims: ['exp'],
      clockTolerance: config.clockToleranceSeconds,
      currentDate: new Date(clock.now()),
    });
  } catch (error) {
    return refuseJwt(error);
  }
}

/** RFC 8725 §3.11: a JWT of another kind that the same issuer signs (a logout token, a DPoP proof, a security event) is
 *  no leave to act. RFC 9068 §2.1 for at+jwt; many issuers still write JWT or nothing. */
function assertIsForAccess(typ: string | undefined): void {
  const kind = typ?.toLowerCase().replace(/^application\//, '');
  if (kind === undefined || kind === 'jwt' || kind === 'at+jwt') return;
  fail('UNAUTHENTICATED', { why: 'The JWT is of a kind that does not give access (typ).' });
}
