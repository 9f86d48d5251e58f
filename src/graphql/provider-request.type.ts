/** What a call of a provider's API takes and gives. */
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { JsonCall, JsonAnswer } from '../proxy/send-json.js';
import { ConnectedAccountType } from './connected-account.type.js';
import { HttpMethodEnum } from './enums.js';
import { OnBehalfOfInput } from './on-behalf-of.input.js';
import { ProblemInterface } from './problem.type.js';
import { JsonScalar } from './scalars.js';

@InputType('SendProviderRequestInput', { description: "A call of a provider's API." })
export class SendProviderRequestInput {
  @Field(() => ID, { description: 'Which provider: the id of a Provider.' })
  provider!: string;

  @Field(() => ID, { nullable: true, description: 'Which account, where the user has several at this provider.' })
  accountId?: string | null;

  @Field(() => HttpMethodEnum, { description: 'The method.' })
  method!: JsonCall['method'];

  @Field(() => String, {
    description: "Path and query below the provider's API base, percent-encoded, with a slash first.",
  })
  path!: string;

  @Field(() => JsonScalar, { nullable: true, description: 'What is sent, as JSON; nothing is where it is left out.' })
  body?: JsonCall['body'];

  @Field(() => OnBehalfOfInput, {
    nullable: true,
    description: 'Given by an admin to call with the account of a user.',
  })
  onBehalfOf?: OnBehalfOfInput | null;
}

@ObjectType('SendProviderRequestPayload', {
  description: 'Any answer of the provider, 4xx included, fills status; no answer fills problem.',
})
export class SendProviderRequestPayloadType {
  @Field(() => Int, { nullable: true, description: 'The status of the provider’s answer (RFC 9110 §15).' })
  status!: number | null;

  @Field(() => JsonScalar, {
    nullable: true,
    description: 'The answer, secrets masked; a text where it is no JSON, null where it is empty. At most 1 MiB.',
  })
  body!: JsonAnswer['body'];

  @Field(() => ConnectedAccountType, { nullable: true, description: 'The account that was used.' })
  account!: ConnectedAccountType | null;

  @Field(() => ProblemInterface, { nullable: true, description: 'Why there is no answer; null when there is one.' })
  problem!: ProblemInterface | null;
}
