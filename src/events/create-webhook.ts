/** Joins the parts of the webhook. Called by app.ts. Without a webhook there is still its table to be read: what was told
 *  while there was one. */
import type { Clock } from '../clock.js';
import type { WebhookConfig } from '../config/config.js';
import type { Database } from '../database/database.js';
import type { Logger } from '../observe/logger.js';
import type { Metrics } from '../observe/measures.js';
import type { Outbound } from '../outbound/outbound.js';
import type { AccountEventType } from './account-event.js';
import type { Told } from './event-feed.js';
import { createDeliverer, type Deliverer } from './deliver-events.js';
import { createOutboxStore, type OutboxStore } from './outbox-store.js';
import { createPostEvent } from './post-event.js';

export interface Webhook {
  /** Of which events it is told; none where there is no webhook. */
  readonly types: ReadonlySet<AccountEventType>;
  readonly outbox: OutboxStore;
  /** Null where there is no webhook. */
  readonly deliverer: Deliverer | null;
  /** Sends what was committed a moment ago. */
  tell(events: readonly Told[]): void;
}

export interface WebhookParts {
  readonly config: WebhookConfig | null;
  readonly database: Database;
  readonly outbound: Pick<Outbound, 'send'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'webhookPosted'>;
}

export function createWebhook({ config, database, outbound, clock, log, metrics }: WebhookParts): Webhook {
  const types = new Set<AccountEventType>(config?.types);
  const outbox = createOutboxStore({ database, clock });
  const post = config && createPostEvent({ outbound, webhook: config, clock });
  const deliverer = post && createDeliverer({ outbox, post, clock, log, metrics });
  return {
    types,
    outbox,
    deliverer,
    tell(events) {
      if (events.some(({ type }) => types.has(type))) deliverer?.wake();
    },
  };
}
