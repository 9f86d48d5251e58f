/** What callers follow. Served as an event stream (http/streams), which ends with the caller's JWT. */
import { Ctx, FieldResolver, Resolver, Root, Subscription } from 'type-graphql';
import type { FeedItem } from '../events/event-feed.js';
import { ConnectedAccountEventObject, toAccountEvent } from './account-event.type.js';
import { ConnectedAccountType, toConnectedAccount } from './connected-account.type.js';
import { actorOf } from './context.js';
import type { GraphqlContext } from './context.js';

@Resolver(() => ConnectedAccountEventObject)
export class SubscriptionResolver {
  @Subscription(() => ConnectedAccountEventObject, {
    description:
      "The caller's own accounts as they change, each change at most once. RESYNC comes first, and whenever changes may have been missed: read the accounts anew then. Ends with UNAUTHENTICATED when the JWT expires.",
    subscribe: ({ context }) => follow(context as GraphqlContext),
  })
  connectedAccountChanged(@Root() item: FeedItem): ConnectedAccountEventObject {
    return toAccountEvent(item);
  }

  @FieldResolver(() => ConnectedAccountType, {
    nullable: true,
    description:
      'The account as it stands when this is sent. Null for RESYNC and DISCONNECTED, and where it has gone since.',
  })
  async account(
    @Root() { accountKey }: ConnectedAccountEventObject,
    @Ctx() context: GraphqlContext,
  ): Promise<ConnectedAccountType | null> {
    const account = accountKey && (await context.useCases.accounts.find(accountKey));
    return account && toConnectedAccount(account, context);
  }
}

async function follow(context: GraphqlContext): Promise<AsyncIterable<FeedItem>> {
  const { subjectId } = await actorOf(context, { action: 'ACCOUNT_FOLLOW' });
  return context.useCases.feed.listen(subjectId);
}
