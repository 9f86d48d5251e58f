/** What became of a grant at its provider when the account was disconnected. The account is gone from here in each case.
 *  KEPT_SHARED_GRANT: another account stands on the same grant, which revoking would kill. FAILED_WILL_RETRY: the provider
 *  could not be told yet; connect/retry-revocations goes on trying. */
export type RevocationOutcome = 'REVOKED' | 'NOT_SUPPORTED' | 'KEPT_SHARED_GRANT' | 'FAILED_WILL_RETRY';
