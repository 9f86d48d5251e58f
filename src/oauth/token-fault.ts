/** A sorted failure as the fault that a caller sees, for calls that have a user waiting: the code grant and a pushed
 *  authorization request. Called by code-grant.ts and authorization-request.ts. (A refresh keeps the failure as data.) */
import { fail } from '../errors.js';
import type { Provider } from '../providers/provider.js';
import type { TokenFailure } from './token-failure.js';

export function failAs(failure: TokenFailure, provider: Provider): never {
  const facts = {
    provider: provider.id,
    ...(failure.retryAfterSeconds === null ? {} : { retryAfterSeconds: failure.retryAfterSeconds }),
  };
  const options = { detail: `token endpoint: ${failure.code}, ${failure.why}` };
  switch (failure.code) {
    case 'INVALID_GRANT': {
      const why = `The provider "${provider.id}" no longer accepts this sign-in: it took too long or was used before.`;
      return fail('STATE_INVALID', { ...facts, why }, options);
    }
    case 'INVALID_CLIENT':
      return fail('PROVIDER_MISCONFIGURED', facts, options);
    case 'RATE_LIMITED':
      return fail('PROVIDER_RATE_LIMITED', facts, options);
    case 'PROVIDER_ERROR':
    case 'TIMED_OUT':
    case 'UNREADABLE_ANSWER':
    case 'OUTCOME_UNKNOWN':
      return fail('PROVIDER_UNAVAILABLE', facts, options);
  }
}
