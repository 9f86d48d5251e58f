/** The last failure of a refresh as clients see it: a code, what helps, and one sentence of ours; never a provider's text. */
import { Field, ObjectType } from 'type-graphql';
import type { ConnectedAccount, RefreshErrorCode } from '../accounts/connected-account.js';
import type { Remedy } from '../errors.js';
import { RefreshErrorCodeEnum, RemedyEnum } from './enums.js';
import { fill } from './fill.js';
import { DateTimeScalar } from './scalars.js';

@ObjectType('RefreshError', { description: 'Why the last refresh failed, and what helps.' })
export class RefreshErrorType {
  @Field(() => RefreshErrorCodeEnum, { description: 'The class of the failure.' })
  code!: RefreshErrorCode;

  @Field(() => RemedyEnum, { description: 'What helps.' })
  remedy!: Remedy;

  @Field(() => DateTimeScalar, { description: 'When it happened.' })
  at!: number;

  @Field(() => String, {
    description: "One sentence: what happened and who must do what. Never a provider's raw text.",
  })
  message!: string;
}

export function toRefreshError({ code, at }: NonNullable<ConnectedAccount['lastError']>): RefreshErrorType {
  return fill(new RefreshErrorType(), { code, at, ...meanings[code] });
}

const meanings: Readonly<Record<RefreshErrorCode, { readonly remedy: Remedy; readonly message: string }>> = {
  INVALID_GRANT: {
    remedy: 'RECONNECT',
    message: 'The provider no longer accepts this connection. The user must connect the account again.',
  },
  INVALID_CLIENT: {
    remedy: 'ASK_OPERATOR',
    message: 'The provider refuses the registration of Latchkey. The operator must mend it; the connection is kept.',
  },
  RATE_LIMITED: {
    remedy: 'RETRY',
    message: 'The provider asked for fewer calls. Latchkey tries again later; nobody needs to do anything.',
  },
  PROVIDER_ERROR: {
    remedy: 'RETRY',
    message: 'The provider answered with a fault of its own. Latchkey tries again later; nobody needs to do anything.',
  },
  TIMED_OUT: {
    remedy: 'RETRY',
    message: 'The provider did not answer in time. Latchkey tries again later; nobody needs to do anything.',
  },
  UNREADABLE_ANSWER: {
    remedy: 'ASK_OPERATOR',
    message:
      'The provider answered with something that is no token. The operator must check its set-up; the connection is kept.',
  },
  OUTCOME_UNKNOWN: {
    remedy: 'RECONNECT',
    message: 'A refresh was cut off and its outcome cannot be known. The user must connect the account again.',
  },
};
