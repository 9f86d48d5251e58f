/** What users do at a provider's API, as JSON. */
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { apiActionOf } from '../callers/actions.js';
import { toConnectedAccount } from './connected-account.type.js';
import { actorOf } from './context.js';
import type { GraphqlContext } from './context.js';
import { fill } from './fill.js';
import { givenProviderId, optionalAccountId } from './given-id.js';
import { toProblem } from './problem-from-fault.js';
import { SendProviderRequestInput, SendProviderRequestPayloadType } from './provider-request.type.js';

@Resolver()
export class ProviderRequestResolver {
  @Mutation(() => SendProviderRequestPayloadType, {
    nullable: true,
    description:
      "Any JSON call to the provider's API; binary bodies go through /proxy/:provider/*. Throws UNKNOWN_PROVIDER, ACCOUNT_NOT_FOUND, BAD_USER_INPUT with the field, FORBIDDEN by the operator's rules.",
  })
  async sendProviderRequest(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => SendProviderRequestInput, { description: 'What to call.' }) input: SendProviderRequestInput,
  ): Promise<SendProviderRequestPayloadType> {
    const { method, path, body = null, provider, onBehalfOf } = input;
    const actor = await actorOf(context, { action: apiActionOf(method), onBehalfOf, providerId: provider });
    const { role } = await context.authenticate();
    const providerId = givenProviderId(provider);
    const accountId = optionalAccountId(input.accountId);
    try {
      const call = { actor, role, providerId, accountId, method, path, body };
      const answer = await context.useCases.sendJson.send(call);
      const account = toConnectedAccount(answer.account, context);
      return fill(new SendProviderRequestPayloadType(), { ...answer, account, problem: null });
    } catch (error) {
      const problem = toProblem(error, { userId: actor.subjectId, providerId }, context);
      return fill(new SendProviderRequestPayloadType(), { status: null, body: null, account: null, problem });
    }
  }
}
