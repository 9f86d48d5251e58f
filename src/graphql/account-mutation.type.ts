/** What refreshing and disconnecting an account takes and gives. */
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import type { RevocationOutcome } from '../connect/revocation-outcome.js';
import { ConnectedAccountType } from './connected-account.type.js';
import { RevocationOutcomeEnum } from './enums.js';
import { OnBehalfOfInput } from './on-behalf-of.input.js';
import { ProblemInterface } from './problem.type.js';

@InputType('RefreshAccountInput', { description: 'Which account to refresh.' })
export class RefreshAccountInput {
  @Field(() => ID, { description: 'The id of the account.' })
  accountId!: string;

  @Field(() => OnBehalfOfInput, { nullable: true, description: 'Given by an admin to refresh an account of a user.' })
  onBehalfOf?: OnBehalfOfInput | null;
}

@ObjectType('RefreshAccountPayload', { description: 'The account after the attempt, and the problem if it failed.' })
export class RefreshAccountPayloadType {
  @Field(() => ConnectedAccountType, {
    nullable: true,
    description: 'The account with its new status, after a failure too; null when it was disconnected meanwhile.',
  })
  account!: ConnectedAccountType | null;

  @Field(() => ProblemInterface, { nullable: true, description: 'Why it was not refreshed; null when it was.' })
  problem!: ProblemInterface | null;
}

@InputType('RecordActivityInput', { description: 'Where the user is active.' })
export class RecordActivityInput {
  @Field(() => ID, { nullable: true, description: 'The provider concerned; left out: all of them.' })
  provider?: string | null;

  @Field(() => OnBehalfOfInput, { nullable: true, description: 'Given by an admin to tell it of a user.' })
  onBehalfOf?: OnBehalfOfInput | null;
}

@ObjectType('RecordActivityPayload', { description: 'What goes on now that the user is here.' })
export class RecordActivityPayloadType {
  @Field(() => [ConnectedAccountType], {
    description:
      'The accounts whose refreshes were paused while the user was away, as planned anew; one that is over or near its end is refreshed behind this answer.',
  })
  resumedAccounts!: readonly ConnectedAccountType[];
}

@InputType('DisconnectAccountInput', { description: 'Which account to disconnect.' })
export class DisconnectAccountInput {
  @Field(() => ID, { description: 'The id of the account.' })
  accountId!: string;

  @Field(() => OnBehalfOfInput, {
    nullable: true,
    description: 'Given by an admin to disconnect an account of a user.',
  })
  onBehalfOf?: OnBehalfOfInput | null;
}

@ObjectType('DisconnectAccountPayload', { description: 'What became of a disconnected account.' })
export class DisconnectAccountPayloadType {
  @Field(() => ID, { description: 'The id that was given; nothing is kept under it any more.' })
  accountId!: string;

  @Field(() => RevocationOutcomeEnum, { description: 'What became of the grant at the provider.' })
  revocation!: RevocationOutcome;
}
