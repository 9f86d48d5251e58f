/** Posts one event to the webhook, once. Called by deliver-events.ts.
 *  Must never: follow a redirect, or read more of an answer than a little: its status says all. */
import type { Clock } from '../clock.js';
import type { WebhookConfig } from '../config/config.js';
import { OutboundError, type Outbound, type OutboundAnswer } from '../outbound/outbound.js';
import { readRetryAfterSeconds } from '../outbound/retry-after.js';
import type { AccountEvent } from './account-event.js';
import { signWebhook } from './sign-webhook.js';
import { webhookBody } from './webhook-body.js';

export type Posted =
  | { readonly outcome: 'TAKEN' }
  /** 410: the receiver wants no more of it. */
  | { readonly outcome: 'GONE'; readonly failure: string }
  /** `failure` is `HTTP 503`, or a code of ours with its `detail` for the log; `waitMs` is what the receiver asked for. */
  | { readonly outcome: 'FAILED'; readonly failure: string; readonly detail?: string; readonly waitMs: number };

export type PostEvent = (event: AccountEvent) => Promise<Posted>;

export interface PostEventParts {
  readonly outbound: Pick<Outbound, 'send'>;
  readonly webhook: WebhookConfig;
  readonly clock: Pick<Clock, 'now'>;
}

const POST_TIMEOUT_MS = 15_000;
const MAX_BYTES = 4 * 1024;

export function createPostEvent({ outbound, webhook, clock }: PostEventParts): PostEvent {
  return async (event) => {
    const body = webhookBody(event);
    const timestamp = Math.floor(clock.now() / 1000);
    try {
      const answer = await outbound.send({
        url: webhook.url,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'webhook-id': event.id,
          'webhook-timestamp': String(timestamp),
          'webhook-signature': await signWebhook(webhook.secrets, { id: event.id, timestamp, body }),
        },
        body,
        allowedOrigins: [new URL(webhook.url).origin],
        network: webhook.network,
        timeoutMs: POST_TIMEOUT_MS,
        maxBytes: MAX_BYTES,
        mayBeCut: true,
      });
      return readPosted(answer, clock.now());
    } catch (error) {
      if (!(error instanceof OutboundError)) throw error;
      return { outcome: 'FAILED', failure: error.failure, detail: error.message, waitMs: 0 };
    }
  };
}

function readPosted(answer: OutboundAnswer, now: number): Posted {
  const { status } = answer;
  const failure = `HTTP ${status}`;
  if (status >= 200 && status < 300) return { outcome: 'TAKEN' };
  if (status === 410) return { outcome: 'GONE', failure };
  return { outcome: 'FAILED', failure, waitMs: (readRetryAfterSeconds(answer, now) ?? 0) * 1000 };
}
