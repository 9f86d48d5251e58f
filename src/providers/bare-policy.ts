/** A refresh policy that says nothing but its mode. Called where a definition says no more, or where there is none. */
import type { RefreshPolicy } from './provider.js';

export function barePolicy(mode: RefreshPolicy['mode'], reason: string | null = null): RefreshPolicy {
  return {
    mode,
    leadSeconds: null,
    jitterSeconds: null,
    idleAfterSeconds: null,
    keepAliveSeconds: null,
    notBeforeSeconds: null,
    minimumAgeSeconds: null,
    notAfterSeconds: null,
    sameTokenMeansTooEarly: false,
    budgetPerSecond: null,
    reason,
    source: null,
  };
}
