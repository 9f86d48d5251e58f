/** Tells an answer that brought nothing: at providers where a refresh that comes too early gives the tokens that stand.
 *  Pure; called by refresh-account.ts. A new refresh token is never taken for nothing. */
import type { TokenPair } from '../vault/token-store.js';

const SHORTEST_PAUSE_MS = 60_000;

export function isTooEarly(stood: TokenPair, came: TokenPair): boolean {
  if (!came.accessToken.equals(stood.accessToken)) return false;
  return came.refreshToken === null || (stood.refreshToken !== null && came.refreshToken.equals(stood.refreshToken));
}

/** How long to wait before asking again: half of what is left of the token. */
export function pauseAfterTooEarly(expiresAt: number | null, now: number): number {
  const left = expiresAt === null ? 0 : (expiresAt - now) / 2;
  return Math.max(Math.round(left), SHORTEST_PAUSE_MS);
}
