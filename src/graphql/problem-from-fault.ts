/** Turns a fault that users meet in normal life into a Problem of the schema; every other error goes on as it is.
 *  Called by resolvers whose answer has a place for a problem. */
import { Fault } from '../errors.js';
import type { ProblemCode } from '../errors.js';
import type { GraphqlContext } from './context.js';
import { fill } from './fill.js';
import { AmbiguousAccountProblemType, ConnectionProblemType, ProviderProblemType } from './problem.type.js';
import type { ProblemInterface } from './problem.type.js';
import { providerOf } from './provider.type.js';
import { reportProblem } from './report-problem.js';

export interface ProblemPlace {
  /** Whose accounts the problem is about. */
  readonly userId: string;
  /** The provider that was asked, for a fault that does not name one. */
  readonly providerId: string | null;
}

/** Throws the error unless it is a problem. */
export function toProblem(error: unknown, place: ProblemPlace, context: GraphqlContext): ProblemInterface {
  if (!(error instanceof Fault) || !error.isProblem()) throw error;
  const { code, remedy, message, facts } = error;
  const words = { code, remedy, message };
  const keyOf = (accountId: string) => ({ userId: place.userId, accountId });
  reportProblem(error, context.log);
  const kind = kinds[code];
  switch (kind) {
    case 'connection':
      return fill(new ConnectionProblemType(), {
        ...words,
        missingScopes: facts.missingScopes ?? [],
        accountKey: facts.accountId === undefined ? null : keyOf(facts.accountId),
      });
    case 'ambiguous':
      return fill(new AmbiguousAccountProblemType(), { ...words, accountKeys: (facts.accountIds ?? []).map(keyOf) });
    case 'provider': {
      const providerId = facts.provider ?? place.providerId;
      if (providerId === null) throw error;
      return fill(new ProviderProblemType(), {
        ...words,
        provider: providerOf(providerId, context),
        retryAfterSeconds: facts.retryAfterSeconds ?? null,
      });
    }
    default:
      return kind satisfies never;
  }
}

const kinds: Readonly<Record<ProblemCode, 'connection' | 'ambiguous' | 'provider'>> = {
  NOT_CONNECTED: 'connection',
  REAUTHORIZATION_REQUIRED: 'connection',
  SCOPE_MISSING: 'connection',
  STATE_INVALID: 'connection',
  AUTHORIZATION_DENIED: 'connection',
  AMBIGUOUS_ACCOUNT: 'ambiguous',
  PROVIDER_RATE_LIMITED: 'provider',
  PROVIDER_UNAVAILABLE: 'provider',
  PROVIDER_MISCONFIGURED: 'provider',
};
