/** Delivers the events that wait in the outbox, at least once each. Called by a recurring job, and by app.ts right after the
 *  commit of one. Several instances deliver side by side: each row is taken by one (outbox-store.ts).
 *  Must never: lose an event, or hold one back because another receiver's answer is slow. */
import type { Clock } from '../clock.js';
import type { Logger } from '../observe/logger.js';
import type { Metrics } from '../observe/measures.js';
import { nextTryAt } from './next-try.js';
import type { ClaimedEvent, OutboxStore } from './outbox-store.js';
import type { PostEvent, Posted } from './post-event.js';

export interface Deliverer {
  /** Delivers what is due; resolves when nothing is. A call while it runs joins it. Throws when the outbox is not to be read. */
  run(): Promise<void>;
  /** As `run`, for whoever has no time to wait; what fails is left to the job. */
  wake(): void;
  /** Takes nothing more, and waits a while for what is being sent; what ends later is sent once more by whoever comes. */
  stop(): Promise<void>;
}

export interface DelivererParts {
  readonly outbox: Pick<OutboxStore, 'claim' | 'delivered' | 'failed'>;
  readonly post: PostEvent;
  readonly clock: Pick<Clock, 'now' | 'alarm'>;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'webhookPosted'>;
}

const AT_ONCE = 16;
/** Of the ten seconds that the whole gateway has to end (cli/stop-on-signals.ts). */
const STOP_WITHIN_MS = 4_000;

export function createDeliverer({ outbox, post, clock, log, metrics }: DelivererParts): Deliverer {
  let running: Promise<void> | null = null;
  let isWanted = false;
  let isStopping = false;
  let nudge: (() => void) | null = null;
  let letGo: (() => void) | null = null;

  return {
    run,
    wake: () => void run().catch((error: unknown) => log.warn({ event: 'webhook.not_read', err: error })),
    async stop() {
      isStopping = true;
      // Who waits for a run, as the job does, does not wait for a receiver that hangs either.
      const cancel = clock.alarm(STOP_WITHIN_MS, () => letGo?.());
      await running?.catch(() => undefined);
      cancel();
    },
  };

  function run(): Promise<void> {
    if (isStopping) return Promise.resolve();
    isWanted = true;
    nudge?.();
    return (running ??= new Promise((resolve, reject) => {
      letGo = resolve;
      runAll().then(resolve, reject);
    }));
  }

  async function runAll(): Promise<void> {
    const underWay = new Set<Promise<void>>();
    try {
      while (isWanted || underWay.size > 0) {
        const nudged = new Promise<void>((resolve) => (nudge = resolve));
        if (isWanted && !isStopping && underWay.size < AT_ONCE) await takeMore(underWay);
        else if (underWay.size > 0) await Promise.race([...underWay, nudged]);
        else return;
      }
    } finally {
      if (underWay.size > 0) await Promise.all(underWay); // the outbox could not be read
      running = null; // at once: who calls now begins anew
    }
  }

  /** What ends may let another of its account go, and makes room. */
  async function takeMore(underWay: Set<Promise<void>>): Promise<void> {
    isWanted = false;
    for (const event of await outbox.claim(AT_ONCE - underWay.size)) {
      const delivering: Promise<void> = deliver(event).finally(() => {
        underWay.delete(delivering);
        isWanted = true;
      });
      underWay.add(delivering);
    }
  }

  /** Never rejects: a row that was not settled is due again when its time is over. */
  async function deliver(event: ClaimedEvent): Promise<void> {
    try {
      await settle(event, await post(event));
    } catch (error) {
      log.warn({ event: 'webhook.not_settled', ...factsOf(event), err: error });
    }
  }

  async function settle(event: ClaimedEvent, posted: Posted): Promise<void> {
    if (posted.outcome === 'TAKEN') {
      await outbox.delivered(event);
      metrics.webhookPosted({ outcome: 'DELIVERED' });
      return log.debug({ event: 'webhook.delivered', ...factsOf(event) });
    }
    const tries = event.tries + 1;
    const again = posted.outcome === 'GONE' ? null : nextTryAt({ tries, waitMs: posted.waitMs, now: clock.now() });
    await outbox.failed(event, { failure: posted.failure, nextTryAt: again });
    metrics.webhookPosted({ outcome: again === null ? 'DEAD' : 'FAILED' });
    const { failure } = posted;
    const line = { ...factsOf(event), failure, ...('detail' in posted ? { detail: posted.detail } : {}) };
    if (again === null) log.error({ event: 'webhook.dead', ...line });
    else log.warn({ event: 'webhook.failed', ...line, nextTryAt: new Date(again).toISOString() });
  }
}

function factsOf({ id, type, accountId, tries }: ClaimedEvent) {
  return { eventId: id, type, accountId, tries: tries + 1 };
}
