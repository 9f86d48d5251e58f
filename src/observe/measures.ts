/** What parts report for /metrics: one function for each thing that happens, with facts from closed sets. A part takes those
 *  that it reports (Pick<Metrics, ...>), and reports to nobody where it is given none (noMetrics).
 *  Must never: take an id, a URL, a token or a text from outside. */
import type { FaultCode } from '../errors.js';

export const refreshEnds = [
  'GRANTED',
  'INVALID_GRANT',
  'INVALID_CLIENT',
  'RATE_LIMITED',
  'PROVIDER_ERROR',
  'TIMED_OUT',
  'UNREADABLE_ANSWER',
  'OUTCOME_UNKNOWN',
] as const;
export const profileEnds = ['ANSWERED', 'TOKEN_REFUSED'] as const;
export const revocationEnds = ['REVOKED', 'NOT_SUPPORTED', 'KEPT_SHARED_GRANT', 'FAILED_WILL_RETRY'] as const;
export const fieldEnds = ['ANSWERED', 'REFUSED', 'FAILED'] as const;
export const purgedKinds = ['pending', 'completed', 'disconnections', 'refreshHistory', 'events', 'audit'] as const;
export const jobEnds = ['DONE', 'FAILED'] as const;
/** What a sweep found to do: an account that no alarm had woken and that it renewed, or could not; an alarm that it set; one
 *  that it removed because nobody is to be woken by it. */
export const sweepEnds = ['RENEWED', 'FAILED', 'SET', 'REMOVED'] as const;
/** `DEAD`: after so many tries, or because the receiver wants no more of it (410), it is not tried again. */
export const webhookEnds = ['DELIVERED', 'FAILED', 'DEAD'] as const;
export const alarmStates = ['waiting', 'due', 'taken'] as const;

export type SweepCounts = Record<(typeof sweepEnds)[number], number>;

/** `GRANTED`, or why not. */
type RefreshEnd = (typeof refreshEnds)[number];

interface ProviderCall<End> {
  /** An id of the catalogue. */
  readonly provider: string;
  readonly outcome: End;
  readonly tookMs: number;
}

export interface Metrics {
  /** `route` is the pattern in the route table, never what was asked for; null where none fits. */
  requestAnswered(request: {
    readonly route: string | null;
    readonly method: string;
    readonly status: number;
    readonly tookMs: number;
  }): void;
  /** `field` is the name of a root field in our schema, never an alias; null for an operation that was refused whole. */
  fieldAnswered(field: { readonly field: string | null; readonly outcome: (typeof fieldEnds)[number] }): void;
  refreshEnded(refresh: ProviderCall<RefreshEnd>): void;
  tokenRequestEnded(
    request: ProviderCall<RefreshEnd> & { readonly grant: 'authorization_code' | 'refresh_token' },
  ): void;
  profileRequestEnded(request: ProviderCall<(typeof profileEnds)[number] | FaultCode>): void;
  /** `status` is null where no answer of the provider's came. */
  apiCallAnswered(call: { readonly provider: string; readonly status: number | null; readonly tookMs: number }): void;
  authorizationStarted(authorization: { readonly provider: string }): void;
  authorizationEnded(authorization: { readonly provider: string; readonly outcome: 'CONNECTED' | FaultCode }): void;
  revocationEnded(revocation: { readonly provider: string; readonly outcome: (typeof revocationEnds)[number] }): void;
  budgetWaited(wait: { readonly provider: string; readonly waitedMs: number }): void;
  breakerMoved(breaker: { readonly provider: string; readonly isOpen: boolean }): void;
  rowsPurged(purged: { readonly kind: (typeof purgedKinds)[number]; readonly count: number }): void;
  writeBegan(write: { readonly waitedMs: number }): void;
  jobEnded(run: { readonly job: string; readonly outcome: (typeof jobEnds)[number]; readonly tookMs: number }): void;
  /** `lateMs` after the moment that the account's row names. */
  dueRefreshBegan(refresh: { readonly lateMs: number }): void;
  sweepEnded(counts: Readonly<SweepCounts>): void;
  webhookPosted(post: { readonly outcome: (typeof webhookEnds)[number] }): void;
  auditWriteFailed(failure: { readonly row: 'STARTED' | 'OUTCOME' }): void;
}

const nothing = (): void => undefined;

/** For parts that nobody measures. */
export const noMetrics: Metrics = {
  requestAnswered: nothing,
  fieldAnswered: nothing,
  refreshEnded: nothing,
  tokenRequestEnded: nothing,
  profileRequestEnded: nothing,
  apiCallAnswered: nothing,
  authorizationStarted: nothing,
  authorizationEnded: nothing,
  revocationEnded: nothing,
  budgetWaited: nothing,
  breakerMoved: nothing,
  rowsPurged: nothing,
  writeBegan: nothing,
  jobEnded: nothing,
  dueRefreshBegan: nothing,
  sweepEnded: nothing,
  webhookPosted: nothing,
  auditWriteFailed: nothing,
};
