/** A sorted failure as the fault that a caller sees, for calls that have a user waiting: the code grant and a pushed
 *  authorization request. Called by code-grant.ts and authorization-request.ts. (A refresh keeps the failure as data.) */
import { fail } from '../errors.js';
import type { Provider } from '../providers/provider.js';
import type { TokenFailure } from './token-failure.js';

export function failAs(failure: TokenFailure, { id }: Provider): never {
  const { problem, retryAfterSeconds } = failure;
  const deadCode = `The provider "${id}" no longer accepts this sign-in: it took too long or was used before.`;
  return fail(
    problem,
    {
      provider: id,
      ...(retryAfterSeconds === null ? {} : { retryAfterSeconds }),
      ...(problem === 'STATE_INVALID' ? { why: deadCode } : {}),
    },
    { detail: `${failure.code}: ${failure.why}` },
  );
}
