/** Sorts, once, what a token endpoint said instead of a token. Pure; called by code-grant.ts, refresh-grant.ts and
 *  authorization-request.ts. What the provider wrote is read as a key into our own words and goes no further. */
import type { RefreshErrorCode } from '../accounts/connected-account.js';
import { OutboundError, type OutboundAnswer } from '../outbound/outbound.js';
import { readRetryAfterSeconds } from '../outbound/retry-after.js';
import { readJsonObject } from './strict-json.js';

export interface TokenFailure {
  readonly code: RefreshErrorCode;
  readonly retryAfterSeconds: number | null;
  /** Whether what was sent may have been spent at the provider: `no` is free to send again. */
  readonly spent: 'no' | 'unknown';
  /** For the log: our own words, and an error code of the specification at most. */
  readonly why: string;
}

/** RFC 6749 §5.2, RFC 7009 §2.2.1, RFC 8707 §2, RFC 9126 §2.3; a code that is not here is not repeated anywhere. */
const CODES: Readonly<Record<string, RefreshErrorCode>> = {
  invalid_grant: 'INVALID_GRANT',
  invalid_client: 'INVALID_CLIENT',
  unauthorized_client: 'INVALID_CLIENT',
  invalid_request: 'PROVIDER_ERROR',
  invalid_scope: 'PROVIDER_ERROR',
  invalid_target: 'PROVIDER_ERROR',
  unsupported_grant_type: 'PROVIDER_ERROR',
  server_error: 'PROVIDER_ERROR',
  temporarily_unavailable: 'PROVIDER_ERROR',
  slow_down: 'RATE_LIMITED',
};

/** An answer whose status is not 2xx. */
export function sortAnswer(answer: OutboundAnswer, now: number): TokenFailure {
  const retryAfterSeconds = readRetryAfterSeconds(answer, now);
  const whole = (code: RefreshErrorCode, why: string): TokenFailure => ({ code, retryAfterSeconds, spent: 'no', why });
  if (answer.status === 429) return whole('RATE_LIMITED', 'status 429');
  if (answer.status >= 500) return whole('PROVIDER_ERROR', `status ${answer.status}`);
  const error = readJsonObject(answer.body)?.['error'];
  if (typeof error === 'string') return { ...sortErrorCode(error), retryAfterSeconds };
  // RFC 6749 §5.2: 401 is the client's fault, with or without words.
  if (answer.status === 401) return whole('INVALID_CLIENT', 'status 401 without an error code');
  // A redirect, a firewall's page, a wrong address: the operator's to mend, whatever the user does.
  return whole('UNREADABLE_ANSWER', `status ${answer.status} without an error code`);
}

export function sortErrorCode(error: string): TokenFailure {
  const code = Object.hasOwn(CODES, error) ? CODES[error] : undefined;
  const why = code === undefined ? 'an error code outside the specification' : error;
  return { code: code ?? 'PROVIDER_ERROR', retryAfterSeconds: null, spent: 'no', why };
}

/** A request that brought no whole answer. */
export function sortOutboundError(error: OutboundError): TokenFailure {
  const as = (code: RefreshErrorCode, spent: 'no' | 'unknown'): TokenFailure => ({
    code,
    retryAfterSeconds: null,
    spent,
    why: error.message,
  });
  switch (error.failure) {
    case 'refused_origin':
    case 'refused_address':
    case 'not_sent':
      return as('PROVIDER_ERROR', 'no');
    case 'no_answer':
      return as('TIMED_OUT', 'unknown');
    case 'too_large':
      return as('UNREADABLE_ANSWER', 'unknown');
  }
}
