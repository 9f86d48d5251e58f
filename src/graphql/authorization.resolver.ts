/** Starting and finishing an authorization. */
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import {
  CompleteAuthorizationInput,
  CompleteAuthorizationPayloadType,
  StartAuthorizationInput,
  StartAuthorizationPayloadType,
} from './authorization.type.js';
import type { AuthorizationAnswerInput } from './authorization.type.js';
import type { GivenAnswer } from '../connect/complete.js';
import { fail } from '../errors.js';
import { toConnectedAccount } from './connected-account.type.js';
import { actorOf } from './context.js';
import type { GraphqlContext } from './context.js';
import { fill } from './fill.js';
import { givenProviderId, optionalAccountId } from './given-id.js';
import { toProblem } from './problem-from-fault.js';

@Resolver()
export class AuthorizationResolver {
  @Mutation(() => StartAuthorizationPayloadType, {
    nullable: true,
    description:
      'Starts an attempt to connect an account, and marks the browser that gets the answer as the one that may finish it at our callback page. Throws UNKNOWN_PROVIDER, ACCOUNT_NOT_FOUND, BAD_USER_INPUT with the field, PROVIDER_UNAVAILABLE, PROVIDER_MISCONFIGURED.',
  })
  async startAuthorization(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => StartAuthorizationInput, { description: 'Where to connect an account.' })
    input: StartAuthorizationInput,
  ): Promise<StartAuthorizationPayloadType> {
    const { provider, onBehalfOf } = input;
    const actor = await actorOf(context, { action: 'ACCOUNT_CONNECT', onBehalfOf, providerId: provider });
    const started = await context.useCases.connect.start(actor, {
      providerId: givenProviderId(provider),
      scopes: input.scopes ?? null,
      redirectUri: input.redirectUri ?? null,
      returnTo: input.returnTo ?? null,
      accountId: optionalAccountId(input.accountId),
      loginHint: input.loginHint ?? null,
      parameters: (input.parameters ?? []).map(({ name, value }) => ({ name, value })),
    });
    if (started.browserCookie) context.setCookie(started.browserCookie);
    const { authorizationUrl, oneTimeUrl, state, expiresAt } = started;
    return fill(new StartAuthorizationPayloadType(), { authorizationUrl, oneTimeUrl, state, expiresAt });
  }

  @Mutation(() => CompleteAuthorizationPayloadType, {
    nullable: true,
    description:
      "Takes the provider's answer and connects the account. Repeating the same answer as the same user returns the same outcome; the code is exchanged once. Throws BAD_USER_INPUT for what is no answer.",
  })
  async completeAuthorization(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => CompleteAuthorizationInput, { description: "The provider's answer." })
    input: CompleteAuthorizationInput,
  ): Promise<CompleteAuthorizationPayloadType> {
    const { onBehalfOf } = input; // of which provider's attempt it is, only the attempt knows (connect/attempt-rights.ts)
    const actor = await actorOf(context, { action: 'ACCOUNT_CONNECT', onBehalfOf });
    const { account, problem } = await context.useCases.connect.complete(actor, toGivenAnswer(input.answer));
    const place = { userId: actor.subjectId, providerId: input.answer.parts?.provider ?? null };
    return fill(new CompleteAuthorizationPayloadType(), {
      account: account && toConnectedAccount(account, context),
      problem: problem && toProblem(problem, place, context),
    });
  }
}

/** @oneOf has let exactly one of them through. */
function toGivenAnswer({ callbackUrl, handle, parts }: AuthorizationAnswerInput): GivenAnswer {
  if (callbackUrl) return { callbackUrl };
  if (handle) return { handle };
  if (parts) {
    const { provider: providerId, state, code = null, iss = null, error = null, errorDescription = null } = parts;
    const others = (parts.parameters ?? []).map(({ name, value }) => [name, value] as const);
    return { parts: { providerId, state, code, iss, error, errorDescription, others } };
  }
  return fail('BAD_USER_INPUT', { field: 'answer', why: '"answer" is empty: give callbackUrl, handle or parts.' });
}
