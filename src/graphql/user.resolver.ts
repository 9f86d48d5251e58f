/** What a user's own fields read. All of them act as whoever opened the user: the user, or an admin on their behalf. */
import { Arg, Ctx, FieldResolver, ID, Int, Resolver, Root } from 'type-graphql';
import {
  ConnectedAccountConnectionType,
  ConnectedAccountFilterInput,
  toAccountConnection,
  toAccountFilter,
} from './account-connection.type.js';
import { AuditEventConnectionType, toAuditConnection } from './audit-event.type.js';
import { ConnectedAccountType, toConnectedAccount } from './connected-account.type.js';
import type { GraphqlContext } from './context.js';
import { givenProviderId, isPossibleId, optionalAccountId } from './given-id.js';
import { toProblem } from './problem-from-fault.js';
import type { ProblemInterface } from './problem.type.js';
import { ProfileResultUnion, toProfile } from './profile.type.js';
import type { ProfileType } from './profile.type.js';
import { UserType } from './user.type.js';

@Resolver(() => UserType)
export class UserResolver {
  @FieldResolver(() => ProfileResultUnion, {
    nullable: true,
    description:
      "Proxied at each call with the stored token: the provider's own data about this user, or the problem in its way. Throws UNKNOWN_PROVIDER, ACCOUNT_NOT_FOUND.",
  })
  async profile(
    @Root() { actor }: UserType,
    @Ctx() context: GraphqlContext,
    @Arg('provider', () => ID, { description: 'Which provider: the id of a Provider.' }) providerId: string,
    @Arg('accountId', () => ID, {
      nullable: true,
      description: 'Which account, where the user has several at this provider.',
    })
    accountId?: string | null,
  ): Promise<ProfileType | ProblemInterface> {
    const target = { providerId: givenProviderId(providerId), accountId: optionalAccountId(accountId) };
    try {
      return toProfile(await context.useCases.me.read(actor, target), context);
    } catch (error) {
      return toProblem(error, { userId: actor.subjectId, providerId }, context);
    }
  }

  @FieldResolver(() => ConnectedAccountType, {
    nullable: true,
    description: "One of this user's accounts; null for an id that is none of theirs.",
  })
  async connectedAccount(
    @Root() { actor }: UserType,
    @Ctx() context: GraphqlContext,
    @Arg('id', () => ID, { description: 'The id of the account.' }) accountId: string,
  ): Promise<ConnectedAccountType | null> {
    if (!isPossibleId(accountId)) return null;
    const account = await context.useCases.accounts.find({ userId: actor.subjectId, accountId });
    return account && toConnectedAccount(account, context);
  }

  @FieldResolver(() => ConnectedAccountConnectionType, {
    description: "This user's accounts, oldest first. Throws BAD_USER_INPUT for an unfit page size or cursor.",
  })
  async connectedAccounts(
    @Root() { actor }: UserType,
    @Ctx() context: GraphqlContext,
    @Arg('first', () => Int, { defaultValue: 20, description: 'How many, 1 to 100.' }) first: number,
    @Arg('after', () => String, {
      nullable: true,
      description: 'The endCursor of the page before; left out for the first page.',
    })
    after?: string | null,
    @Arg('filter', () => ConnectedAccountFilterInput, {
      nullable: true,
      description: 'Which of them; all when left out.',
    })
    filter?: ConnectedAccountFilterInput | null,
  ): Promise<ConnectedAccountConnectionType> {
    const listing = { userId: actor.subjectId, filter: toAccountFilter(filter ?? {}) };
    const page = await context.useCases.accounts.page({ ...listing, first, after: after ?? null });
    return toAccountConnection(page, listing, context);
  }

  @FieldResolver(() => AuditEventConnectionType, {
    description:
      "What was done to this user's accounts, by whom and why; newest first. Throws BAD_USER_INPUT for an unfit page size or cursor.",
  })
  async auditEvents(
    @Root() { actor }: UserType,
    @Ctx() context: GraphqlContext,
    @Arg('first', () => Int, { defaultValue: 20, description: 'How many, 1 to 100.' }) first: number,
    @Arg('after', () => String, {
      nullable: true,
      description: 'The endCursor of the page before; left out for the first page.',
    })
    after?: string | null,
  ): Promise<AuditEventConnectionType> {
    const page = await context.useCases.audit.page({ subjectId: actor.subjectId, first, after: after ?? null });
    return toAuditConnection(page);
  }
}

@Resolver(() => ConnectedAccountConnectionType)
export class ConnectedAccountConnectionResolver {
  @FieldResolver(() => Int, {
    description: 'How many accounts match the filter, on all pages. Counted only when asked for.',
  })
  async totalCount(
    @Root() { listing }: ConnectedAccountConnectionType,
    @Ctx() { useCases }: GraphqlContext,
  ): Promise<number> {
    return useCases.accounts.count(listing);
  }
}
