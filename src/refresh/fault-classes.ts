/** The one table of what can go wrong with a refresh: how long the account is left alone, what the app is told, and which
 *  incident of the provider it belongs to. Read by outcome.ts and provider-health.ts; docs/refresh.md shows it.
 *  Must never: ask the user for anything but the provider's own word on that user's grant. */
import type { RefreshErrorCode } from '../accounts/connected-account.js';
import type { ProblemCode } from '../errors.js';
import type { FailureCause } from '../oauth/token-failure.js';
import type { BackoffRange } from './backoff.js';
import type { IncidentCause } from './provider-incident.entity.js';

export interface FaultClass {
  readonly problem: ProblemCode;
  /** Null where only a new consent helps. */
  readonly backoff: BackoffRange | null;
  /** What many such failures are together. */
  readonly incident: IncidentCause;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const soon: BackoffRange = { shortestMs: SECOND, longestMs: 5 * MINUTE };
const patiently: BackoffRange = { shortestMs: 30 * SECOND, longestMs: HOUR };
/** What the operator mends is mended within hours, and then nobody should wait for long. */
const untilMended: BackoffRange = { shortestMs: 30 * SECOND, longestMs: 15 * MINUTE };
const slowly: BackoffRange = { shortestMs: MINUTE, longestMs: 6 * HOUR };

export const faultClasses: Readonly<Record<FailureCause, FaultClass>> = {
  GRANT_REFUSED: { problem: 'REAUTHORIZATION_REQUIRED', backoff: null, incident: 'GRANTS_REFUSED' },
  CLIENT_REFUSED: { problem: 'PROVIDER_MISCONFIGURED', backoff: untilMended, incident: 'CLIENT_REFUSED' },
  REQUEST_REFUSED: { problem: 'PROVIDER_UNAVAILABLE', backoff: slowly, incident: 'REQUESTS_REFUSED' },
  RATE_LIMITED: { problem: 'PROVIDER_RATE_LIMITED', backoff: patiently, incident: 'RATE_LIMITED' },
  OUTAGE: { problem: 'PROVIDER_UNAVAILABLE', backoff: soon, incident: 'OUTAGE' },
  NO_ANSWER: { problem: 'PROVIDER_UNAVAILABLE', backoff: soon, incident: 'OUTAGE' },
  UNREADABLE: { problem: 'PROVIDER_UNAVAILABLE', backoff: soon, incident: 'OUTAGE' },
  PAGE_FOR_PEOPLE: { problem: 'PROVIDER_MISCONFIGURED', backoff: untilMended, incident: 'AUTHORIZE_URL_CALLED' },
  WRONG_ENDPOINT: { problem: 'PROVIDER_MISCONFIGURED', backoff: untilMended, incident: 'WRONG_ENDPOINT' },
};

/** A refusal of a grant that is not believed yet (provider-health.ts). */
export const heldRefusal: FaultClass = {
  problem: 'PROVIDER_UNAVAILABLE',
  backoff: untilMended,
  incident: 'GRANTS_REFUSED',
};

/** What whoever comes later is told of a failure that is on the account. */
export const problemOf: Readonly<Record<RefreshErrorCode, ProblemCode>> = {
  INVALID_GRANT: 'REAUTHORIZATION_REQUIRED',
  INVALID_CLIENT: 'PROVIDER_MISCONFIGURED',
  UNREADABLE_ANSWER: 'PROVIDER_MISCONFIGURED',
  RATE_LIMITED: 'PROVIDER_RATE_LIMITED',
  PROVIDER_ERROR: 'PROVIDER_UNAVAILABLE',
  TIMED_OUT: 'PROVIDER_UNAVAILABLE',
  OUTCOME_UNKNOWN: 'PROVIDER_UNAVAILABLE',
};
