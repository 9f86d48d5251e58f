/** Maps the row of a connected account to the account that the rooms above see, field by field. Called by account-store. */
import type { ConnectedAccount } from './connected-account.js';
import type { ConnectedAccountRow } from './connected-account.entity.js';

export function toAccount(row: ConnectedAccountRow): ConnectedAccount {
  return {
    id: row.id,
    userId: row.userId,
    providerId: row.providerId,
    externalId: row.externalId,
    displayName: row.displayName,
    status: row.status,
    requestedScopes: row.requestedScopes,
    grantedScopes: row.grantedScopes,
    connectedAt: row.connectedAt,
    expiresAt: row.expiresAt,
    refreshTokenExpiresAt: row.refreshTokenExpiresAt,
    nextRefreshAt: row.nextRefreshAt,
    lastRefreshedAt: row.lastRefreshedAt,
    lastUsedAt: row.lastUsedAt,
    lastError: lastErrorOf(row),
    consecutiveFailures: row.consecutiveFailures,
    tokensIssuedAt: row.tokensIssuedAt,
    learnedLifetimeMs: row.learnedLifetimeMs,
    lastActiveAt: row.lastActiveAt,
    retryAt: row.retryAt,
    backoffMs: row.backoffMs,
    renewedFor401At: row.renewedFor401At,
    policyOverride: row.policyOverride,
    providerValues: row.providerValues,
    jobId: row.jobId,
  };
}

function lastErrorOf({ lastErrorCode, lastErrorAt }: ConnectedAccountRow): ConnectedAccount['lastError'] {
  return lastErrorCode === null || lastErrorAt === null ? null : { code: lastErrorCode, at: lastErrorAt };
}
