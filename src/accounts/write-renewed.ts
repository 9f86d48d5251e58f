/** Writes on an account's row what a refresh brought. Called by account-store; written out, since every refresh pays for it. */
import type { Transaction } from '../database/database.js';
import { runWritten } from '../database/run-written.js';
import type { RefreshFacts } from './account-facts.js';
import type { ConnectedAccount } from './connected-account.js';

export interface RenewedRow extends RefreshFacts {
  readonly now: number;
}

/** With `seen`, only where the row still has all of it that the next refresh was planned by and the news told of; answers
 *  whether it was written. */
export async function writeRenewed(
  transaction: Transaction,
  { accountId, grantedScopes, isFor401, now, ...facts }: RenewedRow,
  seen: ConnectedAccount | null,
): Promise<boolean> {
  const values = [
    facts.expiresAt,
    facts.refreshTokenExpiresAt,
    grantedScopes === null ? null : JSON.stringify(grantedScopes),
    facts.tokensIssuedAt,
    facts.learnedLifetimeMs,
    facts.nextRefreshAt,
    isFor401 ? now : null,
    now,
    accountId,
  ];
  if (seen === null) return (await runWritten(transaction, { text: anyway, values })) === 1;
  const { status, consecutiveFailures, policyOverride, lastActiveAt, lastUsedAt, tokensIssuedAt } = seen;
  const override = policyOverride === null ? null : JSON.stringify(policyOverride);
  const known = [status, consecutiveFailures, override, lastActiveAt, lastUsedAt, tokensIssuedAt];
  return (await runWritten(transaction, { text: whereUnchanged, values: [...values, ...known] })) === 1;
}

const anyway = `UPDATE connected_account
    SET expires_at = $1, refresh_token_expires_at = $2, granted_scopes = COALESCE($3, granted_scopes),
        tokens_issued_at = $4, learned_lifetime_ms = $5, next_refresh_at = $6, renewed_for_401_at = $7,
        last_refreshed_at = $8, status = 'ACTIVE', last_error_code = NULL, last_error_at = NULL,
        consecutive_failures = 0, retry_at = NULL, backoff_ms = NULL
  WHERE id = $9`;

const whereUnchanged = `${anyway} AND status = $10 AND consecutive_failures = $11
    AND policy_override IS NOT DISTINCT FROM $12 AND last_active_at IS NOT DISTINCT FROM $13
    AND last_used_at IS NOT DISTINCT FROM $14 AND tokens_issued_at IS NOT DISTINCT FROM $15`;
