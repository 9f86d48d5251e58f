/** The policy that counts for one account: its provider's, with what an admin set for this account over it. Pure; called by
 *  schedule.ts and by the admin's use case that sets it. */
import type { PolicyOverride } from '../accounts/connected-account.js';
import type { RefreshPolicy } from '../providers/provider.js';

export function effectivePolicy(policy: RefreshPolicy, override: PolicyOverride | null): RefreshPolicy {
  if (override === null) return policy;
  const { reason = 'An admin set it for this account.', ...parts } = override;
  return { ...policy, ...parts, reason, source: null };
}
