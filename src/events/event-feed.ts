/** Tells those who listen here what happened to their accounts. Called by announced-database.ts and relay.ts with what was
 *  committed, and by graphql for each subscription.
 *  Must never: give one user what is another's, hold more than a little for one who does not listen fast enough, or stay
 *  silent about what may have been lost: then there is a RESYNC. */
import type { Clock } from '../clock.js';
import type { AccountEventType } from './account-event.js';

/** What crosses from one instance to another: no more than to know whom to tell what. */
export interface Told {
  readonly type: AccountEventType;
  readonly at: number;
  readonly accountId: string;
  readonly userId: string;
}

export type FeedItem = Told | Resync;

/** Events may have been lost: whoever shows accounts reads them anew. */
export interface Resync {
  readonly type: 'RESYNC';
  readonly at: number;
}

export interface EventFeed {
  publish(events: readonly Told[]): void;
  /** Tells these users, or all, that events may have been lost. */
  resync(userIds?: readonly string[]): void;
  /** A RESYNC first, then what happens to this user's accounts, until it is returned. */
  listen(userId: string): AsyncGenerator<FeedItem, void, undefined>;
  /** How many listen. */
  count(): number;
}

/** What one who does not read has waiting for them before it is one RESYNC. */
const MOST_WAITING = 100;

interface Listener {
  waiting: FeedItem[];
  wake: (() => void) | null;
}

export function createEventFeed({ clock }: { readonly clock: Pick<Clock, 'now'> }): EventFeed {
  const listeners = new Map<string, Set<Listener>>();

  return {
    publish(events) {
      for (const event of events) for (const one of listeners.get(event.userId) ?? []) give(one, event);
    },

    resync(userIds = [...listeners.keys()]) {
      for (const userId of userIds) for (const one of listeners.get(userId) ?? []) resyncOne(one);
    },

    listen(userId) {
      const own: Listener = { waiting: [resyncNow()], wake: null };
      add(userId, own);
      return untilReturned(own, () => remove(userId, own));
    },

    count: () => [...listeners.values()].reduce((sum, { size }) => sum + size, 0),
  };

  function resyncNow(): Resync {
    return { type: 'RESYNC', at: clock.now() };
  }

  /** Whatever waited is no more than a part of what is to be read anew. */
  function resyncOne(listener: Listener): void {
    listener.waiting = [];
    give(listener, resyncNow());
  }

  function give(listener: Listener, item: FeedItem): void {
    if (listener.waiting.length >= MOST_WAITING) listener.waiting = [resyncNow()];
    else listener.waiting.push(item);
    listener.wake?.();
  }

  function add(userId: string, listener: Listener): void {
    const own = listeners.get(userId) ?? new Set();
    listeners.set(userId, own.add(listener));
  }

  function remove(userId: string, listener: Listener): void {
    const own = listeners.get(userId);
    own?.delete(listener);
    if (own?.size === 0) listeners.delete(userId);
  }
}

/** Not an async function*: the return of one that waits would wait with it. */
function untilReturned(listener: Listener, end: () => void): AsyncGenerator<FeedItem, void, undefined> {
  let hasEnded = false;
  const generator: AsyncGenerator<FeedItem, void, undefined> = {
    async next() {
      for (;;) {
        if (hasEnded) return { done: true, value: undefined };
        const item = listener.waiting.shift();
        if (item) return { done: false, value: item };
        await new Promise<void>((resolve) => (listener.wake = resolve));
        listener.wake = null;
      }
    },
    async return() {
      hasEnded = true;
      end();
      listener.wake?.();
      return { done: true, value: undefined };
    },
    async throw(error) {
      await generator.return();
      throw error;
    },
    [Symbol.asyncIterator]: () => generator,
  };
  return generator;
}
