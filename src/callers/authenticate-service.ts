/** Finds out which service token was shown, and what it gives. Called by authenticate.ts for each request with one: the database
 *  is asked each time, so that a revoked one ends with the next request on every instance. */
import type { Clock } from '../clock.js';
import { fail } from '../errors.js';
import type { Secret } from '../secret.js';
import type { Caller } from './caller.js';
import type { ServiceTokenStore, ShownToken } from './service-token-store.js';
import { isServiceTokenText } from './service-token-text.js';

export interface ServiceAuthenticatorParts {
  readonly tokens: Pick<ServiceTokenStore, 'findShown' | 'recordUse'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** Throws UNAUTHENTICATED. */
export type AuthenticateService = (token: Secret) => Promise<Caller>;

const expected = 'Ask an admin for a new one.';

export function createServiceAuthenticator({ tokens, clock }: ServiceAuthenticatorParts): AuthenticateService {
  return async (token) => {
    if (!isServiceTokenText(token.expose())) {
      fail('UNAUTHENTICATED', {
        why: 'The service token is not whole: its checksum does not fit.',
        expected: 'Send it as it was given.',
      });
    }
    const digest = token.digest();
    const shown = await tokens.findShown(digest);
    if (!shown) fail('UNAUTHENTICATED', { why: 'There is no such service token here.', expected });
    if (shown.isRevoked) fail('UNAUTHENTICATED', { why: 'The service token was revoked.', expected });
    if (shown.endsAt <= clock.now()) {
      fail('UNAUTHENTICATED', { why: 'The service token has expired, or was exchanged for another.', expected });
    }
    tokens.recordUse(digest, shown);
    return toCaller(shown);
  };
}

function toCaller({ id, scope, endsAt }: ShownToken): Caller {
  const { actions, providers, userPrefixes } = scope;
  const grant = {
    actions: new Set(actions),
    providers: providers && new Set(providers),
    userPrefixes,
    isReadOnly: false, // its actions say so
  };
  return Object.freeze({ id, role: 'service', grants: [grant], expiresAt: endsAt });
}
