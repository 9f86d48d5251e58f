/** Writes on an account's row what a refresh brought. Called by account-store; written out, since every refresh pays for it. */
import type { Transaction } from '../database/database.js';
import { GivenRows, givenTable, leavingHeld } from '../database/given-rows.js';
import { runReturning, runWritten } from '../database/run-written.js';
import type { RefreshFacts } from './account-facts.js';
import type { ConnectedAccount } from './connected-account.js';

export interface RenewedRow extends RefreshFacts {
  readonly now: number;
}

/** With `seen`, only where the row still has all of it that the next refresh was planned by and the news told of; answers
 *  whether it was written. */
export async function writeRenewed(
  transaction: Transaction,
  { accountId, grantedScopes, providerValues = null, isFor401, now, ...facts }: RenewedRow,
  seen: ConnectedAccount | null,
): Promise<boolean> {
  const values = [
    facts.expiresAt,
    facts.refreshTokenExpiresAt,
    grantedScopes === null ? null : JSON.stringify(grantedScopes),
    providerValues === null ? null : JSON.stringify(providerValues),
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

const well = `status = 'ACTIVE', last_error_code = NULL, last_error_at = NULL, consecutive_failures = 0, retry_at = NULL,
        backoff_ms = NULL`;

const anyway = `UPDATE connected_account
    SET expires_at = $1, refresh_token_expires_at = $2, granted_scopes = COALESCE($3, granted_scopes),
        provider_values = COALESCE($4, provider_values), tokens_issued_at = $5, learned_lifetime_ms = $6,
        next_refresh_at = $7, renewed_for_401_at = $8, last_refreshed_at = $9, ${well}
  WHERE id = $10`;

const whereUnchanged = `${anyway} AND status = $11 AND consecutive_failures = $12
    AND policy_override IS NOT DISTINCT FROM $13 AND last_active_at IS NOT DISTINCT FROM $14
    AND last_used_at IS NOT DISTINCT FROM $15 AND tokens_issued_at IS NOT DISTINCT FROM $16`;

/** The same for many, each only where the row has all of it still, and nobody holds it at this moment. Resolves to the ids
 *  of those that were written. */
export async function writeAllRenewed(
  transaction: Transaction,
  renewed: readonly { readonly facts: RenewedRow; readonly seen: ConnectedAccount }[],
): Promise<ReadonlySet<string>> {
  const rows = renewed.map(({ facts, seen }) => ({
    account: facts.accountId,
    ends: facts.expiresAt,
    grant_ends: facts.refreshTokenExpiresAt,
    scopes: facts.grantedScopes === null ? null : JSON.stringify(facts.grantedScopes),
    said: facts.providerValues ? JSON.stringify(facts.providerValues) : null,
    issued: facts.tokensIssuedAt,
    lifetime: facts.learnedLifetimeMs,
    next: facts.nextRefreshAt,
    for_401: facts.isFor401 ? facts.now : null,
    now: facts.now,
    was_status: seen.status,
    was_failures: seen.consecutiveFailures,
    was_override: seen.policyOverride === null ? null : JSON.stringify(seen.policyOverride),
    was_active: seen.lastActiveAt,
    was_used: seen.lastUsedAt,
    was_issued: seen.tokensIssuedAt,
  }));
  const written = await runReturning(transaction, { text: writingAll(transaction), values: [new GivenRows(rows)] });
  return new Set(written.map((row) => String(row['id'])));
}

const writingAll = (transaction: Transaction): string => `
  WITH given AS ${givenTable(transaction, givenRenewed)},
       free AS MATERIALIZED (
         SELECT id FROM given JOIN connected_account ON id = account
          WHERE status = was_status AND consecutive_failures = was_failures
            AND policy_override IS NOT DISTINCT FROM was_override AND last_active_at IS NOT DISTINCT FROM was_active
            AND last_used_at IS NOT DISTINCT FROM was_used AND tokens_issued_at IS NOT DISTINCT FROM was_issued
         ${leavingHeld(transaction, 'connected_account')})
  UPDATE connected_account
     SET expires_at = ends, refresh_token_expires_at = grant_ends, granted_scopes = COALESCE(scopes, granted_scopes),
         provider_values = COALESCE(said, provider_values), tokens_issued_at = issued, learned_lifetime_ms = lifetime,
         next_refresh_at = next, renewed_for_401_at = for_401, last_refreshed_at = now, ${well}
    FROM given JOIN free ON free.id = account
   WHERE connected_account.id = account
  RETURNING connected_account.id`;

const givenRenewed = {
  account: 'text',
  ends: 'bigint',
  grant_ends: 'bigint',
  scopes: 'text',
  said: 'text',
  issued: 'bigint',
  lifetime: 'bigint',
  next: 'bigint',
  for_401: 'bigint',
  now: 'bigint',
  was_status: 'text',
  was_failures: 'bigint',
  was_override: 'text',
  was_active: 'bigint',
  was_used: 'bigint',
  was_issued: 'bigint',
} as const;
