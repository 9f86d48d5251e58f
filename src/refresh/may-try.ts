/** Says whether an account's refresh token may be sent now, and remembers what speaks against it. Called by
 *  refresh-account.ts before each try. Remembered in this process alone: a wait that is forgotten costs one try too many. */
import type { AccountForUse } from '../accounts/account-facts.js';
import type { Clock } from '../clock.js';
import { fail, type ProblemCode } from '../errors.js';
import type { Catalogue } from '../providers/provider.js';
import { isOpenIntent } from '../vault/refresh-intent-store.js';
import { planPost } from './plan-post.js';
import type { RefreshReason } from './policy.js';
import { createWaits } from './waits.js';

export interface MayTry {
  /** Throws REAUTHORIZATION_REQUIRED, PROVIDER_RATE_LIMITED, PROVIDER_UNAVAILABLE. */
  assert(current: AccountForUse, reason: RefreshReason): void;
  /** The provider said to leave this account alone for so long. */
  pause(accountId: string, ms: number): void;
  /** This version was brought because the provider refused the one before with 401. */
  noteRenewedFor401(accountId: string, version: number): void;
}

/** A token that was renewed for a 401 and meets a 401 itself is not renewed again for this long: what the provider
 *  dislikes is then not the token. */
const REFUSED_AGAIN_MS = 5 * 60_000;
const MAX_WAITS = 10_000;

export function createMayTry({ catalogue, clock }: { catalogue: Catalogue; clock: Clock }): MayTry {
  const waits = createWaits({ clock, maxEntries: MAX_WAITS });

  return {
    assert(current, reason) {
      const { account, tokens: row } = current;
      if (account.status === 'NEEDS_REAUTHORIZATION') failFor(account, 'REAUTHORIZATION_REQUIRED');
      const waitMs = waits.remainingMs(account.id);
      if (waitMs > 0)
        failFor(account, 'PROVIDER_RATE_LIMITED', { waitMs, detail: 'not tried: the provider said to wait' });
      if (reason === 'REFUSED' && waits.remainingMs(refusalOf(account.id, row.version)) > 0) {
        failFor(account, 'PROVIDER_UNAVAILABLE', { detail: 'a token that was renewed for a 401 was refused too' });
      }
      assertMaySendAgain(current, reason);
    },
    pause: (accountId, ms) => waits.start(accountId, ms),
    noteRenewedFor401: (accountId, version) => waits.start(refusalOf(accountId, version), REFUSED_AGAIN_MS),
  };

  function assertMaySendAgain({ account, tokens: row }: AccountForUse, reason: RefreshReason): void {
    if (!isOpenIntent(row)) return;
    const { rotation } = catalogue.get(account.providerId);
    const { expiresAt } = account;
    const now = clock.now();
    if (planPost({ rotation, openSince: row.intentSince, reason, expiresAt, now }) === 'post') return;
    const waitMs = expiresAt === null ? 0 : expiresAt - now;
    failFor(account, 'PROVIDER_UNAVAILABLE', { waitMs, detail: 'not tried: a replay could end the token that lives' });
  }
}

export function failFor(
  account: AccountForUse['account'],
  problem: ProblemCode,
  { waitMs = 0, detail }: { waitMs?: number; detail?: string } = {},
): never {
  const retryAfter = waitMs > 0 ? { retryAfterSeconds: Math.ceil(waitMs / 1000) } : {};
  const facts = { provider: account.providerId, accountId: account.id, ...retryAfter };
  return fail(problem, facts, detail === undefined ? {} : { detail });
}

function refusalOf(accountId: string, version: number): string {
  return `${accountId} ${version}`;
}
