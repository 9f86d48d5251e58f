/** What of an account is read only when a client asks for it. Whoever holds the account may see it. */
import { Arg, Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import { ConnectedAccountType } from './connected-account.type.js';
import type { GraphqlContext } from './context.js';
import { RefreshEventConnectionType, toRefreshEventConnection } from './refresh-event.type.js';

@Resolver(() => ConnectedAccountType)
export class ConnectedAccountResolver {
  @FieldResolver(() => RefreshEventConnectionType, {
    description:
      'What became of its refreshes, newest first, as far back as the operator keeps it. Throws BAD_USER_INPUT for an unfit page size or cursor.',
  })
  async refreshHistory(
    @Root() { id: accountId }: ConnectedAccountType,
    @Ctx() { useCases }: GraphqlContext,
    @Arg('first', () => Int, { defaultValue: 20, description: 'How many, 1 to 100.' }) first: number,
    @Arg('after', () => String, {
      nullable: true,
      description: 'The endCursor of the page before; left out for the first page.',
    })
    after?: string | null,
  ): Promise<RefreshEventConnectionType> {
    return toRefreshEventConnection(await useCases.history.page({ accountId, first, after: after ?? null }));
  }
}
