/** What an admin sees and does of the events that the webhook is told. Called by graphql's webhookDeliveries and
 *  replayWebhooks. Audited as webhooks.read and webhooks.replayed on the admin's own id: they are about all users. */
import type { Audit } from '../audit/audit.js';
import { assertMay } from '../callers/may.js';
import type { Page } from '../database/page.js';
import { fail } from '../errors.js';
import type { Deliverer } from '../events/deliver-events.js';
import type { DeliveryPageRequest, EventDelivery, OutboxStore, WhichEvents } from '../events/outbox-store.js';
import { actOf, type AdminRequest } from './admin-request.js';

export interface LookAfterWebhook {
  /** Newest first. Throws FORBIDDEN to all but admins, BAD_USER_INPUT for an unfit page size or cursor. */
  read(request: AdminRequest, page: DeliveryPageRequest): Promise<Page<EventDelivery>>;
  /** Sends events again, with their old ids, and answers how many. Throws FORBIDDEN to all but admins, BAD_USER_INPUT
   *  where it is not said which, or there is no webhook. */
  replay(request: AdminRequest, which: WhichEvents): Promise<number>;
}

export interface LookAfterWebhookParts {
  readonly outbox: Pick<OutboxStore, 'page' | 'replay'>;
  /** Null where there is no webhook. */
  readonly deliverer: Pick<Deliverer, 'wake'> | null;
  readonly audit: Pick<Audit, 'around'>;
}

const MOST_IDS = 100;

export function createLookAfterWebhook({ outbox, deliverer, audit }: LookAfterWebhookParts): LookAfterWebhook {
  return {
    async read(request, page) {
      assertMay(request.caller, 'WEBHOOKS_READ');
      return audit.around(actOf(request, 'webhooks.read'), () => outbox.page(page));
    },

    async replay(request, which) {
      assertMay(request.caller, 'WEBHOOKS_REPLAY');
      assertSaysWhich(which);
      if (!deliverer)
        fail('BAD_USER_INPUT', { field: 'input', why: 'There is no webhook: LATCHKEY_WEBHOOK_URL is not set.' });
      const count = await audit.around(actOf(request, 'webhooks.replayed'), () => outbox.replay(which));
      deliverer.wake();
      return count;
    },
  };
}

function assertSaysWhich({ ids, since, isOnlyDead }: WhichEvents): void {
  if (ids === null && since === null && !isOnlyDead) {
    fail('BAD_USER_INPUT', { field: 'input', why: 'Say which events: "ids", "since" or "onlyDead".' });
  }
  if (ids && (ids.length === 0 || ids.length > MOST_IDS)) {
    fail('BAD_USER_INPUT', { field: 'ids', why: `"ids" names 1 to ${MOST_IDS} events.` });
  }
}
