/** What admins set of an account's refreshes. */
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { PolicyParts } from '../admin/override-policy.js';
import { toConnectedAccount } from './connected-account.type.js';
import { actorOf } from './context.js';
import type { GraphqlContext } from './context.js';
import { fill } from './fill.js';
import { givenAccountId } from './given-id.js';
import {
  OverrideRefreshPolicyInput,
  OverrideRefreshPolicyPayloadType,
  type RefreshPolicyInput,
} from './policy-mutation.type.js';

@Resolver()
export class PolicyResolver {
  @Mutation(() => OverrideRefreshPolicyPayloadType, {
    nullable: true,
    description:
      "Gives one account a refresh policy of its own, over its provider's, or takes that back. For admins; kept in the audit as policy.changed. Throws FORBIDDEN, ACCOUNT_NOT_FOUND, BAD_USER_INPUT with the field.",
  })
  async overrideRefreshPolicy(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => OverrideRefreshPolicyInput, { description: 'Which account, which policy.' })
    input: OverrideRefreshPolicyInput,
  ): Promise<OverrideRefreshPolicyPayloadType> {
    const { onBehalfOf, accountId } = input;
    const actor = await actorOf(context, { action: 'POLICY_OVERRIDE', onBehalfOf, accountId });
    const request = { accountId: givenAccountId(accountId), policy: toParts(input.policy) };
    const account = await context.useCases.overridePolicy(actor, request);
    return fill(new OverrideRefreshPolicyPayloadType(), { account: toConnectedAccount(account, context) });
  }
}

function toParts(policy: RefreshPolicyInput | null | undefined): PolicyParts | null {
  if (policy === null || policy === undefined) return null;
  const { mode, leadSeconds, jitterSeconds, idleAfterSeconds, keepAliveSeconds } = policy;
  return {
    ...(mode ? { mode } : {}),
    ...(isGiven(leadSeconds) ? { leadSeconds } : {}),
    ...(isGiven(jitterSeconds) ? { jitterSeconds } : {}),
    ...(isGiven(idleAfterSeconds) ? { idleAfterSeconds } : {}),
    ...(isGiven(keepAliveSeconds) ? { keepAliveSeconds } : {}),
  };
}

function isGiven(seconds: number | null | undefined): seconds is number {
  return seconds !== null && seconds !== undefined;
}
