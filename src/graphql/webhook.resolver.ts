/** What admins see and do of the webhook. */
import { Arg, Ctx, Int, Mutation, Query, Resolver } from 'type-graphql';
import type { DeliveryState } from '../events/outbox-store.js';
import type { GraphqlContext } from './context.js';
import { WebhookDeliveryStateEnum } from './enums.js';
import { fill } from './fill.js';
import {
  ReplayWebhooksInput,
  ReplayWebhooksPayloadType,
  toDeliveryConnection,
  WebhookDeliveryConnectionType,
} from './webhook-delivery.type.js';

@Resolver()
export class WebhookResolver {
  @Query(() => WebhookDeliveryConnectionType, {
    nullable: true,
    description:
      'Events that the webhook is told of, newest first, and how far each is. For admins; kept in the audit as webhooks.read. Throws FORBIDDEN, BAD_USER_INPUT for an unfit page size or cursor.',
  })
  async webhookDeliveries(
    @Ctx() context: GraphqlContext,
    @Arg('first', () => Int, { defaultValue: 20, description: 'How many, 1 to 100.' }) first: number,
    @Arg('after', () => String, {
      nullable: true,
      description: 'The endCursor of the page before; left out for the first page.',
    })
    after?: string | null,
    @Arg('state', () => WebhookDeliveryStateEnum, { nullable: true, description: 'Only those that are so far.' })
    state?: DeliveryState | null,
  ): Promise<WebhookDeliveryConnectionType> {
    const { useCases, requestId } = context;
    const request = { caller: await context.authenticate(), requestId };
    const page = { first, after: after ?? null, state: state ?? null };
    return toDeliveryConnection(await useCases.lookAfterWebhook.read(request, page));
  }

  @Mutation(() => ReplayWebhooksPayloadType, {
    nullable: true,
    description:
      'Sends events to the webhook again, with their old ids: those that were delivered, that are dead, or that wait for their next try. For admins; kept in the audit as webhooks.replayed. Throws FORBIDDEN, BAD_USER_INPUT with the field.',
  })
  async replayWebhooks(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => ReplayWebhooksInput, { description: 'Which events.' }) input: ReplayWebhooksInput,
  ): Promise<ReplayWebhooksPayloadType> {
    const { useCases, requestId } = context;
    const request = { caller: await context.authenticate(), requestId };
    const { ids, since, onlyDead } = input;
    const which = { ids: ids ?? null, since: since ?? null, isOnlyDead: onlyDead ?? false };
    return fill(new ReplayWebhooksPayloadType(), { count: await useCases.lookAfterWebhook.replay(request, which) });
  }
}
