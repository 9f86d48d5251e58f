/** Whether an answer is asked for once more, and after how long. Pure; called by exchange.ts for each answer. Only a request
 *  that may be done twice is (RFC 9110 §9.2.2), only where the provider says that later may help, and only while a caller
 *  would wait for it. */

export interface Tried {
  readonly method: string;
  readonly status: number;
  /** What Retry-After says; null where it says nothing. */
  readonly retryAfterSeconds: number | null;
  /** How often it was asked for again already. */
  readonly retries: number;
}

const MOST_RETRIES = 2;
/** A provider that wants a longer pause gets it from the caller, who is told. */
const MOST_SECONDS = 5;
/** Where it does not say: once. */
const UNASKED_WAIT_MS = 250;

/** RFC 9110 §9.2.2, RFC 4918 §9.1, RFC 3253 §3.6, RFC 5323 §2. */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PROPFIND', 'REPORT', 'SEARCH']);
/** 501 and 505 stay as they are however often they are asked for. */
const PASSING = new Set([429, 500, 502, 503, 504]);

/** Milliseconds; null for an answer that stands. */
export function retryWaitMs({ method, status, retryAfterSeconds, retries }: Tried): number | null {
  if (!isIdempotent(method) || !PASSING.has(status) || retries >= MOST_RETRIES) return null;
  if (retryAfterSeconds === null) return retries === 0 ? UNASKED_WAIT_MS : null;
  return retryAfterSeconds <= MOST_SECONDS ? retryAfterSeconds * 1000 : null;
}

export function isIdempotent(method: string): boolean {
  return IDEMPOTENT.has(method);
}
