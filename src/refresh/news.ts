/** What the app is told of a refresh's end. Pure; called by write-outcome.ts and incidents.ts. */
import type { ConnectedAccount, RefreshErrorCode } from '../accounts/connected-account.js';
import type { AccountChange } from '../events/account-event.js';

/** `before` is the account as it stood: a refresh that works after one that did not is news of its own. */
export function newsOfSuccess(before: ConnectedAccount): AccountChange {
  const wasWell = before.status === 'ACTIVE' && before.consecutiveFailures === 0;
  return wasWell
    ? { type: 'REFRESHED', ...ownerOf(before), facts: {} }
    : { type: 'RECOVERED', ...ownerOf(before), facts: { by: 'REFRESH' } };
}

/** Null for a failure that its user can do nothing about, or knows of. */
export function newsOfFailure(
  before: ConnectedAccount,
  { code, status }: { readonly code: RefreshErrorCode; readonly status: 'KEEP' | 'NEEDS_REAUTHORIZATION' },
): AccountChange | null {
  if (status === 'KEEP' || before.status === status) return null;
  return { type: 'NEEDS_REAUTHORIZATION', ...ownerOf(before), facts: { code } };
}

/** It was marked as over, and that is doubted now. */
export function newsOfReinstatement(before: ConnectedAccount): AccountChange {
  return { type: 'RECOVERED', ...ownerOf(before), facts: { by: 'REFRESH' } };
}

function ownerOf({ id: accountId, userId, providerId }: ConnectedAccount) {
  return { accountId, userId, providerId };
}
