/** Decides whether a refresh token that may have been spent is sent again, by the provider's replay rule. Pure; called by
 *  may-try.ts before each try.
 *  Must never: risk a grant that lives for one that may be dead. */
import type { Rotation } from '../providers/dialect.js';
import type { RefreshReason } from './refresh-reason.js';

export interface PostFacts {
  readonly rotation: Pick<Rotation, 'replay' | 'graceSeconds'>;
  /** When this refresh token was first sent without a known end, epoch milliseconds; null for a time that nobody noted. */
  readonly openSince: number | null;
  readonly reason: RefreshReason;
  /** End of the access token, epoch milliseconds; null where the provider does not say. */
  readonly expiresAt: number | null;
  readonly now: number;
}

/** For a try before which another ended without a known end. */
export function planPost({ rotation, openSince, ...access }: PostFacts): 'post' | 'hold-off' {
  switch (rotation.replay) {
    case 'stable': // never spent
    case 'untilFirstUse': // a new access token whose answer was lost was used by nobody
      return 'post';
    case 'grace':
      // The new one was issued after the old one was sent: what is in time by our count is in time by the provider's.
      return isWithin(rotation.graceSeconds, openSince, access.now) || isOver(access) ? 'post' : 'hold-off';
    case 'revokes':
      // RFC 9700 §4.14.2: a refresh token that is sent twice may end the whole grant, and the access token that lives with
      // it. So that one is used up first.
      return isOver(access) ? 'post' : 'hold-off';
    default:
      return rotation.replay satisfies never;
  }
}

/** A clock that was set back tells nothing. */
function isWithin(seconds: number | null, since: number | null, now: number): boolean {
  return seconds !== null && since !== null && since <= now && now < since + seconds * 1000;
}

/** Nothing is left to lose. */
function isOver({ reason, expiresAt, now }: Pick<PostFacts, 'reason' | 'expiresAt' | 'now'>): boolean {
  return reason === 'REFUSED' || (expiresAt !== null && now >= expiresAt);
}
