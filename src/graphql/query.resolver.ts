/** The roots of reading. Each asks who calls before anything else. */
import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import { assertMay } from '../callers/may.js';
import { actorOf } from './context.js';
import type { GraphqlContext } from './context.js';
import { givenProviderId, optionalAccountId } from './given-id.js';
import { ProfileType, toProfile } from './profile.type.js';
import { ProviderType, findProvider, toProvider } from './provider.type.js';
import { UserType, toUser } from './user.type.js';

@Resolver()
export class QueryResolver {
  @Query(() => UserType, {
    description: 'The caller. Throws UNAUTHENTICATED without a valid bearer token, as every field here.',
  })
  async viewer(@Ctx() context: GraphqlContext): Promise<UserType> {
    return toUser(await actorOf(context, { action: 'USER_READ' }));
  }

  @Query(() => ProfileType, {
    nullable: true,
    description:
      'Short for viewer.profile: null with an error whose extensions.code and extensions.remedy say what to do. The code is a ProblemCode, UNKNOWN_PROVIDER or ACCOUNT_NOT_FOUND.',
  })
  async me(
    @Ctx() context: GraphqlContext,
    @Arg('provider', () => ID, { description: 'Which provider: the id of a Provider.' }) providerId: string,
    @Arg('accountId', () => ID, {
      nullable: true,
      description: 'Which account, where the caller has several at this provider.',
    })
    accountId?: string | null,
  ): Promise<ProfileType> {
    const actor = await actorOf(context, { action: 'PROFILE_READ' });
    const target = { providerId: givenProviderId(providerId), accountId: optionalAccountId(accountId) };
    return toProfile(await context.useCases.me.read(actor, target), context);
  }

  @Query(() => [ProviderType], { description: 'Where users can connect accounts here, in the order of their ids.' })
  async providers(@Ctx() context: GraphqlContext): Promise<ProviderType[]> {
    assertMay(await context.authenticate(), 'PROVIDERS_READ');
    return context.useCases.catalogue.list().map((provider) => toProvider(provider, context));
  }

  @Query(() => ProviderType, {
    nullable: true,
    description: 'One of the providers; null for an id that is none of theirs.',
  })
  async provider(
    @Ctx() context: GraphqlContext,
    @Arg('id', () => ID, { description: 'The slug of the provider.' }) id: string,
  ): Promise<ProviderType | null> {
    assertMay(await context.authenticate(), 'PROVIDERS_READ');
    const provider = findProvider(id, context);
    return provider && toProvider(provider, context);
  }

  @Query(() => UserType, {
    nullable: true,
    description:
      'What an admin or a service token reads for a user. The reason is kept in the audit, which the user can read. Throws FORBIDDEN to others, BAD_USER_INPUT for an unfit reason.',
  })
  async onBehalfOf(
    @Ctx() context: GraphqlContext,
    @Arg('userId', () => ID, { description: "The user: the JWT's user id, 1 to 255 characters." }) userId: string,
    @Arg('reason', () => String, { description: 'Why, for the user to read: 1 to 256 characters.' }) reason: string,
  ): Promise<UserType> {
    const actor = await actorOf(context, { action: 'USER_READ', onBehalfOf: { userId, reason } });
    await context.useCases.openUser(actor);
    return toUser(actor);
  }
}
