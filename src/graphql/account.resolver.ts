/** What users do with a connected account. */
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Actor } from '../callers/actor.js';
import {
  DisconnectAccountInput,
  DisconnectAccountPayloadType,
  RecordActivityInput,
  RecordActivityPayloadType,
  RefreshAccountInput,
  RefreshAccountPayloadType,
} from './account-mutation.type.js';
import { toConnectedAccount } from './connected-account.type.js';
import { actorOf } from './context.js';
import type { GraphqlContext } from './context.js';
import { fill } from './fill.js';
import { givenAccountId, givenProviderId } from './given-id.js';
import { toProblem } from './problem-from-fault.js';

@Resolver()
export class AccountResolver {
  @Mutation(() => RefreshAccountPayloadType, {
    nullable: true,
    description:
      "Refreshes an account's tokens now (RFC 6749 §6). The account comes back after a failure too, so that caches see its new status. Throws ACCOUNT_NOT_FOUND.",
  })
  async refreshAccount(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => RefreshAccountInput, { description: 'Which account.' }) input: RefreshAccountInput,
  ): Promise<RefreshAccountPayloadType> {
    const { onBehalfOf } = input;
    const actor = await actorOf(context, { action: 'ACCOUNT_REFRESH', onBehalfOf, accountId: input.accountId });
    const accountId = givenAccountId(input.accountId);
    try {
      const account = await context.useCases.refreshByHand(actor, accountId);
      return fill(new RefreshAccountPayloadType(), { account: toConnectedAccount(account, context), problem: null });
    } catch (error) {
      return afterFailedRefresh(error, { actor, accountId }, context);
    }
  }

  @Mutation(() => RecordActivityPayloadType, {
    nullable: true,
    description:
      'Tells Latchkey that the user is here, as every use of an account does: resumes accounts whose policy is WHEN_ACTIVE. Written once a minute at most, so call it as often as is handy. Throws UNKNOWN_PROVIDER.',
  })
  async recordActivity(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => RecordActivityInput, { description: 'Where the user is active.' }) input: RecordActivityInput,
  ): Promise<RecordActivityPayloadType> {
    const { provider, onBehalfOf } = input;
    const actor = await actorOf(context, { action: 'ACTIVITY_RECORD', onBehalfOf, providerId: provider });
    const providerId = provider === undefined || provider === null ? null : givenProviderId(provider);
    const resumed = await context.useCases.recordActivity(actor, providerId);
    return fill(new RecordActivityPayloadType(), {
      resumedAccounts: resumed.map((account) => toConnectedAccount(account, context)),
    });
  }

  @Mutation(() => DisconnectAccountPayloadType, {
    nullable: true,
    description:
      'Forgets an account and its tokens, and revokes the grant at the provider where it can (RFC 7009). Disconnecting twice succeeds. Throws ACCOUNT_NOT_FOUND for an id that never was an account of this user.',
  })
  async disconnectAccount(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => DisconnectAccountInput, { description: 'Which account.' }) input: DisconnectAccountInput,
  ): Promise<DisconnectAccountPayloadType> {
    const { onBehalfOf } = input;
    const actor = await actorOf(context, { action: 'ACCOUNT_DISCONNECT', onBehalfOf, accountId: input.accountId });
    const accountId = givenAccountId(input.accountId);
    const { revocation } = await context.useCases.connect.disconnect(actor, accountId);
    return fill(new DisconnectAccountPayloadType(), { accountId, revocation });
  }
}

async function afterFailedRefresh(
  error: unknown,
  { actor, accountId }: { actor: Actor; accountId: string },
  context: GraphqlContext,
): Promise<RefreshAccountPayloadType> {
  const userId = actor.subjectId;
  const account = await context.useCases.accounts.find({ userId, accountId });
  const problem = toProblem(error, { userId, providerId: account?.providerId ?? null }, context);
  return fill(new RefreshAccountPayloadType(), { account: account && toConnectedAccount(account, context), problem });
}
