/** Says whether an account's refresh token may be sent now, from what is on its row: so all processes say the same, also
 *  after a restart. Pure but for the clock; called by refresh-account.ts before each try. */
import type { AccountForUse } from '../accounts/account-facts.js';
import type { Clock } from '../clock.js';
import { fail, type ProblemCode } from '../errors.js';
import type { Catalogue } from '../providers/provider.js';
import { isOpenIntent } from '../vault/refresh-intent-store.js';
import { remainingBackoff } from './backoff.js';
import { problemOf } from './fault-classes.js';
import { planPost } from './plan-post.js';
import type { RefreshReason } from './refresh-reason.js';

/** Throws REAUTHORIZATION_REQUIRED, PROVIDER_RATE_LIMITED, PROVIDER_UNAVAILABLE, PROVIDER_MISCONFIGURED. */
export type AssertMayTry = (current: AccountForUse, reason: RefreshReason) => void;

/** A token that was renewed for a 401 and meets a 401 itself is not renewed again for this long: what the provider
 *  dislikes is then not the token. */
const REFUSED_AGAIN_MS = 5 * 60_000;

export function createMayTry({ catalogue, clock }: { catalogue: Catalogue; clock: Clock }): AssertMayTry {
  return (current, reason) => {
    assertGrantLives(current);
    assertBackoffIsOver(current, clock.now());
    if (reason === 'REFUSED') assertNotRenewedFor401(current, clock.now());
    assertMaySendAgain(current, reason);
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

/** A grant that is over is posted once and never again. */
function assertGrantLives({ account }: AccountForUse): void {
  if (account.status === 'NEEDS_REAUTHORIZATION') failFor(account, 'REAUTHORIZATION_REQUIRED');
}

function assertBackoffIsOver({ account }: AccountForUse, now: number): void {
  const waitMs = remainingBackoff(account, now);
  if (waitMs === 0) return;
  const problem = account.lastError ? problemOf[account.lastError.code] : 'PROVIDER_UNAVAILABLE';
  failFor(account, problem, { waitMs, detail: 'not tried: the last try failed, or the provider said to wait' });
}

function assertNotRenewedFor401({ account }: AccountForUse, now: number): void {
  const { renewedFor401At } = account;
  const agoMs = renewedFor401At === null ? Infinity : now - renewedFor401At;
  // Less than nothing: the clock was set back.
  if (agoMs < 0 || agoMs >= REFUSED_AGAIN_MS) return;
  failFor(account, 'PROVIDER_UNAVAILABLE', { detail: 'a token that was renewed for a 401 was refused too' });
}

export function failFor(
  account: AccountForUse['account'],
  problem: ProblemCode,
  { waitMs = 0, detail, why }: { waitMs?: number; detail?: string; why?: string } = {},
): never {
  const retryAfter = waitMs > 0 ? { retryAfterSeconds: Math.ceil(waitMs / 1000) } : {};
  const because = why === undefined ? {} : { why };
  const facts = { provider: account.providerId, accountId: account.id, ...retryAfter, ...because };
  return fail(problem, facts, detail === undefined ? {} : { detail });
}
