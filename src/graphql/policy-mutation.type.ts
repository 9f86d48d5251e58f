/** What setting the refresh policy of one account takes and gives. */
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { RefreshPolicy } from '../providers/provider.js';
import { ConnectedAccountType } from './connected-account.type.js';
import { RefreshModeEnum } from './enums.js';
import { OnBehalfOfInput } from './on-behalf-of.input.js';

@InputType('RefreshPolicyInput', {
  description: "Parts of a policy for one account; what is left out stays its provider's. Durations are whole seconds.",
})
export class RefreshPolicyInput {
  @Field(() => RefreshModeEnum, { nullable: true, description: 'When a refresh happens.' })
  mode?: RefreshPolicy['mode'] | null;

  @Field(() => Int, { nullable: true, description: 'How long before the end of the access token.' })
  leadSeconds?: number | null;

  @Field(() => Int, { nullable: true, description: 'By up to how much it is moved forward.' })
  jitterSeconds?: number | null;

  @Field(() => Int, { nullable: true, description: 'After how long without use the user counts as away.' })
  idleAfterSeconds?: number | null;

  @Field(() => Int, { nullable: true, description: 'A refresh happens at least this often.' })
  keepAliveSeconds?: number | null;
}

@InputType('OverrideRefreshPolicyInput', { description: 'Which account gets which policy, and why.' })
export class OverrideRefreshPolicyInput {
  @Field(() => ID, { description: 'The id of the account.' })
  accountId!: string;

  @Field(() => OnBehalfOfInput, { description: 'Whose account it is; the reason is shown as that of the policy.' })
  onBehalfOf!: OnBehalfOfInput;

  @Field(() => RefreshPolicyInput, {
    nullable: true,
    description: "Replaces what was set before; null, or left out, gives the account its provider's policy back.",
  })
  policy?: RefreshPolicyInput | null;
}

@ObjectType('OverrideRefreshPolicyPayload', { description: 'The account as it is planned now.' })
export class OverrideRefreshPolicyPayloadType {
  @Field(() => ConnectedAccountType, { description: 'The account with its new policy and next refresh.' })
  account!: ConnectedAccountType;
}
