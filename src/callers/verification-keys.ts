/** The key that a JWT's signature is checked with, from whichever source is configured. Used by authenticate.ts.
 *  Each key is bound to the algorithm it is used with, so that none can serve for another (RFC 8725 §3.1). */
import { importSPKI, type CryptoKey, type JWK, type JWTHeaderParameters, type JWTVerifyGetKey } from 'jose';
import type { Clock } from '../clock.js';
import type { CallersConfig } from '../config/config.js';
import type { Logger } from '../observe/logger.js';
import type { Outbound } from '../outbound/outbound.js';
import type { Secret } from '../secret.js';
import { createKeySetFetch } from './fetch-key-set.js';
import { createPublishedKeys } from './published-keys.js';

export interface VerificationKeysParts {
  readonly config: CallersConfig;
  readonly outbound: Outbound;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Throws an error of jose where no key fits, INTERNAL where the issuer's keys cannot be fetched. */
export function createVerificationKeys({ config, outbound, clock, log }: VerificationKeysParts): JWTVerifyGetKey {
  const { key, issuer } = config;
  switch (key.kind) {
    case 'jwksUrl':
    case 'discovery': {
      const fetchKeySet = createKeySetFetch({ issuer, key, outbound });
      return createPublishedKeys({ fetchKeySet, clock, log });
    }
    case 'publicKey':
      return publicKeyFor(key.pem);
    case 'sharedSecret':
      return secretKeyFor(key.secret);
    default:
      return key satisfies never;
  }
}

function publicKeyFor(pem: string): JWTVerifyGetKey {
  const imported = new Map<string, Promise<CryptoKey>>();
  return ({ alg }: JWTHeaderParameters) => {
    const known = imported.get(alg) ?? importSPKI(pem, alg);
    imported.set(alg, known);
    return known;
  };
}

function secretKeyFor(secret: Secret): JWTVerifyGetKey {
  return ({ alg }: JWTHeaderParameters): JWK => ({
    kty: 'oct',
    k: Buffer.from(secret.expose()).toString('base64url'),
    alg,
  });
}
