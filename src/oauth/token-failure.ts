/** Sorts, once, what a token endpoint said instead of a token. Pure; called by token-endpoint.ts and, for pushed requests,
 *  by authorization-request.ts. What the provider wrote is read as a key into our own words and goes no further. */
import type { RefreshErrorCode } from '../accounts/connected-account.js';
import type { ProblemCode } from '../errors.js';
import { singleHeader } from '../outbound/headers.js';
import type { OutboundAnswer, OutboundError, OutboundFailure } from '../outbound/outbound.js';
import { readRetryAfterSeconds } from '../outbound/retry-after.js';
import { readJsonObject } from '../outbound/strict-json.js';

export interface TokenFailure {
  /** What it means for an account whose token is refreshed. */
  readonly code: RefreshErrorCode;
  /** What it means for a user who is connecting. */
  readonly problem: ProblemCode;
  /** What is at fault, as exactly as the answer tells. */
  readonly cause: FailureCause;
  readonly retryAfterSeconds: number | null;
  /** Whether what was sent may have been spent at the provider: `no` is free to send again. */
  readonly spent: 'no' | 'unknown';
  /** For the log: our own words, and an error code of the specification at most. */
  readonly why: string;
}

/** GRANT_REFUSED is about one grant; all others are as likely about every grant at this provider. */
export type FailureCause =
  | 'GRANT_REFUSED'
  /** The provider does not know our client, or not by this secret. */
  | 'CLIENT_REFUSED'
  /** It says that the request is wrong, in the specification's words or in its own. */
  | 'REQUEST_REFUSED'
  | 'RATE_LIMITED'
  /** A fault of its own that it owned up to, or a server that cannot be reached. */
  | 'OUTAGE'
  /** It was sent, and no whole answer came. */
  | 'NO_ANSWER'
  /** A success that is no token answer. */
  | 'UNREADABLE'
  /** A page or a redirect, as people are given in a browser. */
  | 'PAGE_FOR_PEOPLE'
  /** An address at which nobody speaks of tokens, or to which nothing may be sent. */
  | 'WRONG_ENDPOINT';

type Meaning = Pick<TokenFailure, 'code' | 'problem' | 'cause'>;

const meansUser: Meaning = { code: 'INVALID_GRANT', problem: 'STATE_INVALID', cause: 'GRANT_REFUSED' };
const meansClient: Meaning = { code: 'INVALID_CLIENT', problem: 'PROVIDER_MISCONFIGURED', cause: 'CLIENT_REFUSED' };
const meansRequest: Meaning = { code: 'PROVIDER_ERROR', problem: 'PROVIDER_MISCONFIGURED', cause: 'REQUEST_REFUSED' };
const meansSomething: Meaning = { code: 'PROVIDER_ERROR', problem: 'PROVIDER_UNAVAILABLE', cause: 'REQUEST_REFUSED' };
const meansOutage: Meaning = { code: 'PROVIDER_ERROR', problem: 'PROVIDER_UNAVAILABLE', cause: 'OUTAGE' };
const meansPatience: Meaning = { code: 'RATE_LIMITED', problem: 'PROVIDER_RATE_LIMITED', cause: 'RATE_LIMITED' };
/** A redirect, a firewall's page, a wrong address: the operator's to mend, whatever the user does. */
const meansWrongPlace: Meaning = {
  code: 'UNREADABLE_ANSWER',
  problem: 'PROVIDER_MISCONFIGURED',
  cause: 'WRONG_ENDPOINT',
};
const meansPage: Meaning = { ...meansWrongPlace, cause: 'PAGE_FOR_PEOPLE' };
const meansNonsense: Meaning = { code: 'UNREADABLE_ANSWER', problem: 'PROVIDER_UNAVAILABLE', cause: 'UNREADABLE' };
const meansSilence: Meaning = { code: 'TIMED_OUT', problem: 'PROVIDER_UNAVAILABLE', cause: 'NO_ANSWER' };

/** RFC 6749 §4.1.2.1 and §5.2, RFC 8707 §2, RFC 9126 §2.3, RFC 8628 §3.5. A code that is not here is not repeated. */
const ERROR_CODES: ReadonlyMap<string, Meaning> = new Map([
  ['invalid_grant', meansUser],
  ['invalid_client', meansClient],
  ['unauthorized_client', meansClient],
  ['invalid_request', meansRequest],
  ['invalid_scope', meansRequest],
  ['invalid_target', meansRequest],
  ['unsupported_grant_type', meansRequest],
  ['server_error', meansOutage],
  ['temporarily_unavailable', meansOutage],
  ['slow_down', meansPatience],
]);

/** What people need to hear who took the one URL for the other. */
const NO_TOKEN_URL = 'as if the authorize URL were called as an API';

/** An answer whose status is not 2xx. */
export function sortAnswer(answer: OutboundAnswer, now: number): TokenFailure {
  const { status } = answer;
  const retryAfterSeconds = readRetryAfterSeconds(answer, now);
  const whole = (meaning: Meaning, why = `status ${status}`): TokenFailure => {
    return { ...meaning, retryAfterSeconds, spent: 'no', why };
  };
  if (status === 429) return whole(meansPatience);
  if (status >= 500) return whole(meansOutage);
  if (status >= 300 && status < 400) return whole(meansPage, `a redirect (status ${status}), ${NO_TOKEN_URL}`);
  const error = readJsonObject(answer.body)?.['error'];
  if (typeof error === 'string') return { ...sortErrorCode(error), retryAfterSeconds };
  // RFC 6749 §5.2: 401 is the client's fault, with or without words.
  if (status === 401) return whole(meansClient, 'status 401 without an error code');
  return whole(meansWrongPlace, `status ${status} without an error code`);
}

export function sortErrorCode(error: string): TokenFailure {
  const meaning = ERROR_CODES.get(error);
  const why = meaning === undefined ? 'an error code outside the specification' : error;
  return { ...(meaning ?? meansSomething), retryAfterSeconds: null, spent: 'no', why };
}

/** A 2xx that cannot be read: what was asked for was done, so what was sent may be spent. */
export function sortUnreadable(answer: OutboundAnswer, why: string): TokenFailure {
  const facts = { retryAfterSeconds: null, spent: 'unknown' } as const;
  if (!isPage(answer)) return { ...meansNonsense, ...facts, why: `status ${answer.status}, and ${why}` };
  const page = `a page of HTML (status ${answer.status}), ${NO_TOKEN_URL}`;
  return { ...meansNonsense, cause: meansPage.cause, ...facts, why: page };
}

function isPage({ headers, body }: OutboundAnswer): boolean {
  const type = singleHeader(headers, 'content-type')?.toLowerCase() ?? '';
  if (type !== '') return type.includes('html');
  return new TextDecoder().decode(body.subarray(0, 64)).trimStart().startsWith('<');
}

const OUTBOUND_FAILURES: Readonly<Record<OutboundFailure, Meaning & Pick<TokenFailure, 'spent'>>> = {
  refused_origin: { ...meansWrongPlace, spent: 'no' },
  refused_address: { ...meansWrongPlace, spent: 'no' },
  not_sent: { ...meansOutage, spent: 'no' },
  no_answer: { ...meansSilence, spent: 'unknown' },
  too_large: { ...meansNonsense, spent: 'unknown' },
};

/** A request that brought no whole answer. */
export function sortOutboundError(error: OutboundError): TokenFailure {
  return { ...OUTBOUND_FAILURES[error.failure], retryAfterSeconds: null, why: error.message };
}
