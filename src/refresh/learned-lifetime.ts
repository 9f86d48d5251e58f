/** How long access tokens live at a provider that does not say: learnt from its 401s. Pure; called by write-outcome.ts with
 *  what a refresh brought. A refusal says that the token lived no longer than that; the shortest counts, and what is
 *  planned by it keeps a distance. A new consent begins anew. */
import type { ConnectedAccount } from '../accounts/connected-account.js';
import type { RefreshEventReason } from '../accounts/refresh-event.entity.js';

export interface RenewedToken {
  /** As it stood before. */
  readonly account: Pick<ConnectedAccount, 'tokensIssuedAt' | 'learnedLifetimeMs'>;
  /** End of the new access token, from its answer or the provider's definition. */
  readonly expiresAt: number | null;
  readonly reason: RefreshEventReason;
  readonly issuedAt: number;
}

/** A token that is refused sooner was taken away, and says nothing of the others. */
const SHORTEST_LIFETIME_MS = 5 * 60_000;
/** What is learnt is an upper bound. */
const BELIEVED_SHARE = 0.9;

export function learnLifetime({ account, expiresAt, reason, issuedAt }: RenewedToken): {
  readonly expiresAt: number | null;
  readonly learnedLifetimeMs: number | null;
} {
  if (expiresAt !== null) return { expiresAt, learnedLifetimeMs: null };
  const lived = account.tokensIssuedAt === null ? 0 : issuedAt - account.tokensIssuedAt;
  const isLesson = reason === 'REFUSED' && lived >= SHORTEST_LIFETIME_MS;
  const known = account.learnedLifetimeMs;
  const learnedLifetimeMs = isLesson ? Math.min(lived, known ?? lived) : known;
  const end = learnedLifetimeMs === null ? null : issuedAt + Math.floor(learnedLifetimeMs * BELIEVED_SHARE);
  return { expiresAt: end, learnedLifetimeMs };
}
