/** What a subscriber is told of an account. The account itself is read only when a client asks for it. */
import { Field, ID, ObjectType } from 'type-graphql';
import type { FeedItem } from '../events/event-feed.js';
import { ConnectedAccountEventTypeEnum } from './enums.js';
import { fill } from './fill.js';
import { DateTimeScalar } from './scalars.js';

@ObjectType('ConnectedAccountEvent', {
  description: 'One change of an account, or word that changes may have been missed.',
})
export class ConnectedAccountEventObject {
  @Field(() => ConnectedAccountEventTypeEnum, { description: 'What happened.' })
  type!: FeedItem['type'];

  @Field(() => DateTimeScalar, { description: 'When it happened; for RESYNC, when it was found out.' })
  at!: number;

  @Field(() => ID, { nullable: true, description: 'Which account. Null only for RESYNC.' })
  accountId!: string | null;

  /** For `account`: null where there is none to be read. */
  accountKey!: { readonly userId: string; readonly accountId: string } | null;
}

export function toAccountEvent(item: FeedItem): ConnectedAccountEventObject {
  const { type, at } = item;
  if (item.type === 'RESYNC')
    return fill(new ConnectedAccountEventObject(), { type, at, accountId: null, accountKey: null });
  const { accountId, userId } = item;
  const accountKey = type === 'DISCONNECTED' ? null : { userId, accountId };
  return fill(new ConnectedAccountEventObject(), { type, at, accountId, accountKey });
}
