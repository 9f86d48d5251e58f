/** A try to refresh that was noted, and what came of it, as those hand it on who send, judge, keep and write it. */
import type { AccountForUse } from '../accounts/account-facts.js';
import type { RefreshEventReason } from '../accounts/refresh-event.entity.js';
import type { RefreshIntent } from '../vault/refresh-intent-store.js';

export interface Sent extends AccountForUse {
  /** The try that sent them. */
  readonly intent: RefreshIntent;
}

/** What the history keeps of a try beside its end. */
export interface Post {
  readonly reason: RefreshEventReason;
  /** From the post to its answer; null where nothing was sent, or the process that sent it died. */
  readonly tookMs: number | null;
}

/** What stands since. */
export interface Written {
  readonly version: number;
  readonly nextRefreshAt: number | null;
}
