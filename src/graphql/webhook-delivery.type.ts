/** Deliveries of events to the webhook as admins see them, a page of them, and what sending again takes and gives. */
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { Page } from '../database/page.js';
import type { AccountEventType } from '../events/account-event.js';
import type { DeliveryState, EventDelivery } from '../events/outbox-store.js';
import { WebhookDeliveryStateEnum, WebhookEventTypeEnum } from './enums.js';
import { fill } from './fill.js';
import { PageInfoType, toPageInfo } from './page-info.type.js';
import { DateTimeScalar } from './scalars.js';

@ObjectType('WebhookDelivery', { description: 'An event and how far it is with the webhook.' })
export class WebhookDeliveryType {
  @Field(() => ID, { description: 'Opaque, begins with ace_: the webhook-id of every try.' })
  id!: string;

  @Field(() => DateTimeScalar, { description: 'When it happened.' })
  at!: number;

  @Field(() => WebhookEventTypeEnum, { description: 'What happened.' })
  type!: AccountEventType;

  @Field(() => ID, { description: 'The account concerned, which may be gone.' })
  accountId!: string;

  @Field(() => ID, { description: 'Whose account it is.' })
  userId!: string;

  @Field(() => ID, { description: 'The id of the Provider.' })
  providerId!: string;

  @Field(() => WebhookDeliveryStateEnum, { description: 'How far it is.' })
  state!: DeliveryState;

  @Field(() => Int, { description: 'How often it was sent since it happened, or since it was last replayed.' })
  tries!: number;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it is sent (again), while it is PENDING.' })
  nextTryAt!: number | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the receiver took it.' })
  deliveredAt!: number | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Why the last try failed: `HTTP` and a status, or a code such as not_sent, no_answer, refused_address.',
  })
  lastFailure!: string | null;
}

@ObjectType('WebhookDeliveryEdge', { description: 'A delivery at its place in the list.' })
export class WebhookDeliveryEdgeType {
  @Field(() => String, { description: 'Its place: opaque, valid as `after`.' })
  cursor!: string;

  @Field(() => WebhookDeliveryType, { description: 'The delivery.' })
  node!: WebhookDeliveryType;
}

@ObjectType('WebhookDeliveryConnection', { description: 'A page of deliveries, the newest event first.' })
export class WebhookDeliveryConnectionType {
  @Field(() => [WebhookDeliveryEdgeType], { description: 'The deliveries with their cursors.' })
  edges!: readonly WebhookDeliveryEdgeType[];

  @Field(() => [WebhookDeliveryType], { description: 'The deliveries alone.' })
  nodes!: readonly WebhookDeliveryType[];

  @Field(() => PageInfoType, { description: 'Where the page stands in the list.' })
  pageInfo!: PageInfoType;
}

@InputType('ReplayWebhooksInput', {
  description: 'Which events are sent again: those that all of what is given fits. At least one of them is given.',
})
export class ReplayWebhooksInput {
  @Field(() => [ID], { nullable: true, description: 'These events, at most 100.' })
  ids?: string[] | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'What happened at this moment or later.' })
  since?: number | null;

  @Field(() => Boolean, { nullable: true, description: 'true: only those that are DEAD.' })
  onlyDead?: boolean | null;
}

@ObjectType('ReplayWebhooksPayload', { description: 'What is sent again.' })
export class ReplayWebhooksPayloadType {
  @Field(() => Int, {
    description: 'How many events. 10,000 means that there may be more: repeat it with a later `since`.',
  })
  count!: number;
}

export function toDeliveryConnection(page: Page<EventDelivery>): WebhookDeliveryConnectionType {
  const edges = page.edges.map(({ cursor, node }) =>
    fill(new WebhookDeliveryEdgeType(), { cursor, node: toDelivery(node) }),
  );
  return fill(new WebhookDeliveryConnectionType(), {
    edges,
    nodes: edges.map(({ node }) => node),
    pageInfo: toPageInfo(page),
  });
}

function toDelivery(delivery: EventDelivery): WebhookDeliveryType {
  const { id, at, type, accountId, userId, providerId } = delivery;
  const { state, tries, nextTryAt, deliveredAt, lastFailure } = delivery;
  const event = { id, at, type, accountId, userId, providerId };
  return fill(new WebhookDeliveryType(), { ...event, state, tries, nextTryAt, deliveredAt, lastFailure });
}
