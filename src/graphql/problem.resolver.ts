/** Looks up the accounts that a problem names, when a client asks for them. */
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { ConnectedAccountType, toConnectedAccount } from './connected-account.type.js';
import type { GraphqlContext } from './context.js';
import { AmbiguousAccountProblemType, ConnectionProblemType } from './problem.type.js';

@Resolver(() => ConnectionProblemType)
export class ConnectionProblemResolver {
  @FieldResolver(() => ConnectedAccountType, {
    nullable: true,
    description: 'The account that the problem is about; null where there is none yet, or none any more.',
  })
  async account(
    @Root() { accountKey }: ConnectionProblemType,
    @Ctx() context: GraphqlContext,
  ): Promise<ConnectedAccountType | null> {
    const account = accountKey && (await context.useCases.accounts.find(accountKey));
    return account && toConnectedAccount(account, context);
  }
}

@Resolver(() => AmbiguousAccountProblemType)
export class AmbiguousAccountProblemResolver {
  @FieldResolver(() => [ConnectedAccountType], {
    description: 'The accounts to choose from, oldest first, at most 20.',
  })
  async accounts(
    @Root() { accountKeys }: AmbiguousAccountProblemType,
    @Ctx() context: GraphqlContext,
  ): Promise<ConnectedAccountType[]> {
    const accounts = await Promise.all(accountKeys.map((key) => context.useCases.accounts.find(key)));
    return accounts.filter((account) => account !== null).map((account) => toConnectedAccount(account, context));
  }
}
