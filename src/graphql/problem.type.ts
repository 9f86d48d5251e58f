/** What users meet in normal life, as data in an answer. Made by problem-from-fault.ts; the accounts that a problem names
 *  are looked up only when a client asks for them (problem.resolver.ts). */
import { Field, Int, InterfaceType, ObjectType } from 'type-graphql';
import type { ProblemCode, Remedy } from '../errors.js';
import { ProblemCodeEnum, RemedyEnum } from './enums.js';
import { ProviderType } from './provider.type.js';

@InterfaceType('Problem', {
  description:
    'Something in the way that users meet in normal life. Draw what `remedy` says and show `message`. Further types of problems may come.',
})
export abstract class ProblemInterface {
  @Field(() => ProblemCodeEnum, { description: 'What stands in the way.' })
  code!: ProblemCode;

  @Field(() => RemedyEnum, { description: 'What helps.' })
  remedy!: Remedy;

  @Field(() => String, { description: 'One or two sentences for people: what happened and what to do next.' })
  message!: string;
}

@ObjectType('ConnectionProblem', {
  implements: ProblemInterface,
  description:
    'The connection is missing, was refused, or is no longer good: NOT_CONNECTED, REAUTHORIZATION_REQUIRED, SCOPE_MISSING, STATE_INVALID, AUTHORIZATION_DENIED.',
})
export class ConnectionProblemType extends ProblemInterface {
  @Field(() => [String], { description: 'What was not granted; empty unless the code is SCOPE_MISSING.' })
  missingScopes!: readonly string[];

  /** For `account`: whose it is and its id, null where the problem names none. */
  accountKey!: { readonly userId: string; readonly accountId: string } | null;
}

@ObjectType('AmbiguousAccountProblem', {
  implements: ProblemInterface,
  description: 'Several accounts are connected at the provider and the query did not say which: AMBIGUOUS_ACCOUNT.',
})
export class AmbiguousAccountProblemType extends ProblemInterface {
  /** For `accounts`. */
  accountKeys!: readonly { readonly userId: string; readonly accountId: string }[];
}

@ObjectType('ProviderProblem', {
  implements: ProblemInterface,
  description:
    'The provider cannot answer now; the connection is kept: PROVIDER_RATE_LIMITED, PROVIDER_UNAVAILABLE, PROVIDER_MISCONFIGURED.',
})
export class ProviderProblemType extends ProblemInterface {
  @Field(() => ProviderType, { description: 'Which provider.' })
  provider!: ProviderType;

  @Field(() => Int, {
    nullable: true,
    description: 'After how many seconds a new call may succeed; null where that is not known.',
  })
  retryAfterSeconds!: number | null;
}
