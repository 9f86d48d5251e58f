/** Decides what is to be done for an account's tokens, and when: the whole of a refresh policy. Pure: no I/O and no clock.
 *  Called by fresh-token.ts for a use, by whoever writes or reads the moment of the next refresh, and by the simulation.
 *  Must never: plan a refresh at a time at which the provider takes none, give one version's refresh another moment because
 *  time has passed, or ask the user while a token that lives, or one that can be renewed, would do. */
import type { AccountStatus } from '../accounts/connected-account.js';
import type { RefreshPolicy } from '../providers/provider.js';

/** One version of an account's tokens. Times are epoch milliseconds. */
export interface PlannedTokens {
  readonly status: AccountStatus;
  readonly hasRefreshToken: boolean;
  /** End of the access token; null where nobody knows it. */
  readonly expiresAt: number | null;
  readonly issuedAt: number;
  readonly refreshTokenExpiresAt: number | null;
  /** Whether a refresh moves the refresh token's end (`idle`) or not (`fixed`). */
  readonly refreshTokenEnd: 'idle' | 'fixed';
  /** No refresh is tried before. */
  readonly retryAt: number | null;
  /** 0 to 1, the same for one account and version as long as it stands: jitter without chance. */
  readonly spread: number;
}

export interface Activity {
  readonly lastActiveAt: number | null;
  /** Somebody wants the token now. */
  readonly isUse: boolean;
}

export type Plan =
  /** For a use: the token that stands will do. */
  | { readonly do: 'nothing'; readonly why: 'NEVER' | 'ON_USE' | 'IDLE' | 'LIVES' | 'END_UNKNOWN' | 'CANNOT_RENEW' }
  /** Plan again then: what the account's row says then is what counts. A moment that has passed means now. For a use: the
   *  token is over, and must not be renewed before. */
  | { readonly do: 'refresh-at'; readonly at: number; readonly why: 'SCHEDULED' | 'KEEP_ALIVE' | 'EXPIRED' }
  /** The token is over, or as good as: renew it first. */
  | { readonly do: 'refresh-and-wait'; readonly why: 'EXPIRED' }
  /** The token will do, and is to be renewed meanwhile. */
  | { readonly do: 'refresh-behind'; readonly why: 'BEHIND' | 'KEEP_ALIVE' | 'RESUMED' }
  /** The token is over, and nothing here can renew it. */
  | { readonly do: 'ask-user'; readonly why: 'NEEDS_REAUTHORIZATION' | 'CANNOT_RENEW' };

const DEFAULT_LEAD_SECONDS = 60;

/** A token that ends while the call is on its way would be refused: in its last seconds it counts as over. */
const SKEW_MS = 5_000;
/** However short a token lives, its refresh does not follow the one that brought it sooner than this. */
const SHORTEST_PAUSE_MS = 1_000;
/** A grant that dies unused is renewed this long before its end, or a tenth of its life where that is less: outages pass
 *  meanwhile. */
const LONGEST_LAST_CALL_MS = 3 * 24 * 60 * 60 * 1000;

export function plan(policy: RefreshPolicy, tokens: PlannedTokens, activity: Activity, now: number): Plan {
  if (tokens.status === 'NEEDS_REAUTHORIZATION') return { do: 'ask-user', why: 'NEEDS_REAUTHORIZATION' };
  if (!tokens.hasRefreshToken || now >= latestOf(policy, tokens)) return cannotRenew(policy, tokens, now);
  return activity.isUse ? planUse(policy, tokens, activity, now) : planAhead(policy, tokens, activity, now);
}

/** When the account is due if nobody uses it before; null when it is not. */
export function nextRefreshAt(
  policy: RefreshPolicy,
  tokens: PlannedTokens,
  { lastActiveAt }: Pick<Activity, 'lastActiveAt'>,
  now: number,
): number | null {
  const ahead = plan(policy, tokens, { lastActiveAt, isUse: false }, now);
  return ahead.do === 'refresh-at' ? ahead.at : null;
}

/** Whether the user counts as being here. */
export function isActive(
  policy: RefreshPolicy,
  { lastActiveAt }: Pick<Activity, 'lastActiveAt'>,
  now: number,
): boolean {
  if (lastActiveAt === null) return false;
  return now < lastActiveAt + (policy.idleAfterSeconds ?? 0) * 1000;
}

function planAhead(policy: RefreshPolicy, tokens: PlannedTokens, activity: Activity, now: number): Plan {
  const isKept = policy.mode === 'SCHEDULED' || (policy.mode === 'WHEN_ACTIVE' && isActive(policy, activity, now));
  const moment = momentOf(policy, tokens, { isKept, isUse: false });
  if (moment) return { do: 'refresh-at', ...moment };
  if (!isKept) return { do: 'nothing', why: WHY_NOT_KEPT[policy.mode] };
  return { do: 'nothing', why: tokens.expiresAt === null ? 'END_UNKNOWN' : 'CANNOT_RENEW' };
}

const WHY_NOT_KEPT = { NEVER: 'NEVER', LAZY: 'ON_USE', WHEN_ACTIVE: 'IDLE', SCHEDULED: 'END_UNKNOWN' } as const;

function planUse(policy: RefreshPolicy, tokens: PlannedTokens, activity: Activity, now: number): Plan {
  const { expiresAt } = tokens;
  const isRenewed = policy.mode !== 'NEVER';
  if (isRenewed && expiresAt !== null && now >= expiresAt - skewOf(tokens)) {
    const earliest = Math.max(earliestOf(policy, tokens), tokens.retryAt ?? 0);
    if (now >= earliest) return { do: 'refresh-and-wait', why: 'EXPIRED' };
    if (earliest >= latestOf(policy, tokens)) return cannotRenew(policy, tokens, now);
    if (now >= expiresAt) return { do: 'refresh-at', at: earliest, why: 'EXPIRED' };
  }
  const isKept = policy.mode === 'SCHEDULED' || policy.mode === 'WHEN_ACTIVE';
  const moment = momentOf(policy, tokens, { isKept, isUse: isRenewed });
  if (!moment || now < moment.at) return { do: 'nothing', why: isRenewed ? 'LIVES' : 'NEVER' };
  if (moment.why === 'KEEP_ALIVE') return { do: 'refresh-behind', why: 'KEEP_ALIVE' };
  const isBack = policy.mode === 'WHEN_ACTIVE' && !isActive(policy, activity, now);
  return { do: 'refresh-behind', why: isBack ? 'RESUMED' : 'BEHIND' };
}

function cannotRenew({ mode }: RefreshPolicy, { expiresAt }: PlannedTokens, now: number): Plan {
  const isOver = mode !== 'NEVER' && expiresAt !== null && now >= expiresAt;
  return { do: isOver ? 'ask-user' : 'nothing', why: 'CANNOT_RENEW' };
}

interface Moment {
  readonly at: number;
  readonly why: 'SCHEDULED' | 'KEEP_ALIVE';
}

interface Occasion {
  /** The policy renews the access token before its end, whether it is used or not. */
  readonly isKept: boolean;
  /** It is wanted, so it is renewed near its end. */
  readonly isUse: boolean;
}

/** The one moment of this version. It does not depend on the time at which it is asked for. */
function momentOf(policy: RefreshPolicy, tokens: PlannedTokens, { isKept, isUse }: Occasion): Moment | null {
  const wishes = [
    isKept || isUse ? aheadOf(policy, tokens) : null,
    isKept ? beforeFixedEnd(tokens) : null,
    keepAliveOf(policy, tokens),
    policy.mode === 'NEVER' && policy.keepAliveSeconds === null ? null : lastCallOf(policy, tokens, isKept),
  ];
  const [first] = wishes.filter((wish) => wish !== null).toSorted((one, other) => one.at - other.at);
  if (!first) return null;
  const at = Math.max(allowed(policy, tokens, first.at), tokens.retryAt ?? 0);
  return at < latestOf(policy, tokens) ? { at, why: first.why } : null;
}

/** A lead before the access token's end, and up to the jitter earlier; in the second half of its life in any case. */
function aheadOf(policy: RefreshPolicy, tokens: PlannedTokens): Moment | null {
  const { expiresAt, issuedAt } = tokens;
  if (expiresAt === null) return null;
  const at = expiresAt - leadOf(policy) - jitterOf(policy, tokens);
  return { at: Math.ceil(Math.max(at, soonestOf(issuedAt, expiresAt))), why: 'SCHEDULED' };
}

function keepAliveOf(policy: RefreshPolicy, tokens: PlannedTokens): Moment | null {
  if (policy.keepAliveSeconds === null) return null;
  const pauseMs = policy.keepAliveSeconds * 1000;
  const at = tokens.issuedAt + Math.max(pauseMs - jitterOf(policy, tokens), pauseMs / 2, SHORTEST_PAUSE_MS);
  return { at: Math.floor(at), why: 'KEEP_ALIVE' };
}

/** Where a refresh gives the grant a new life, none is let die. */
function lastCallOf(policy: RefreshPolicy, tokens: PlannedTokens, isKept: boolean): Moment | null {
  const { issuedAt, expiresAt, refreshTokenEnd } = tokens;
  const isLeadEnough = isKept && expiresAt !== null && expiresAt - leadOf(policy) < notAfterOf(policy, tokens);
  const end = Math.min(
    refreshTokenEnd === 'idle' ? refreshEndOf(tokens) : Infinity,
    isLeadEnough ? Infinity : notAfterOf(policy, tokens),
  );
  if (end === Infinity) return null;
  const at = lastCallBefore(end, issuedAt) - jitterOf(policy, tokens);
  return { at: Math.ceil(Math.max(at, soonestOf(issuedAt, end))), why: 'KEEP_ALIVE' };
}

/** An access token that outlives its refresh token: one more, just before that ends, lives longer. Only where it does by
 *  half a life at least, or each would be followed by another. */
function beforeFixedEnd(tokens: PlannedTokens): Moment | null {
  const { issuedAt, expiresAt, refreshTokenExpiresAt: end, refreshTokenEnd } = tokens;
  if (refreshTokenEnd === 'idle' || end === null || expiresAt === null) return null;
  const at = Math.ceil(lastCallBefore(end, issuedAt));
  return at >= soonestOf(issuedAt, expiresAt) ? { at, why: 'SCHEDULED' } : null;
}

function lastCallBefore(end: number, issuedAt: number): number {
  return end - Math.min(lifeOf(issuedAt, end) / 10, LONGEST_LAST_CALL_MS);
}

/** Not before the provider takes it; who is held up together is spread over the time after. */
function allowed(policy: RefreshPolicy, tokens: PlannedTokens, at: number): number {
  const earliest = earliestOf(policy, tokens);
  if (at >= earliest) return at;
  const room = (latestOf(policy, tokens) - earliest) / 2;
  const untilEnd = tokens.expiresAt !== null && tokens.expiresAt > earliest ? (tokens.expiresAt - earliest) / 2 : room;
  return Math.floor(earliest + Math.max(0, Math.min(jitterOf(policy, tokens), room, untilEnd)));
}

/** From when on the provider takes a refresh of this version. */
function earliestOf(policy: RefreshPolicy, { expiresAt, issuedAt }: PlannedTokens): number {
  const age = policy.minimumAgeSeconds === null ? -Infinity : issuedAt + policy.minimumAgeSeconds * 1000;
  const left =
    policy.notBeforeSeconds === null || expiresAt === null ? -Infinity : expiresAt - policy.notBeforeSeconds * 1000;
  return Math.max(age, left);
}

/** From when on it takes none any more. */
function latestOf(policy: RefreshPolicy, tokens: PlannedTokens): number {
  return Math.min(refreshEndOf(tokens), notAfterOf(policy, tokens));
}

function refreshEndOf({ refreshTokenExpiresAt }: PlannedTokens): number {
  return refreshTokenExpiresAt ?? Infinity;
}

function notAfterOf(policy: RefreshPolicy, { expiresAt }: PlannedTokens): number {
  return policy.notAfterSeconds === null || expiresAt === null ? Infinity : expiresAt - policy.notAfterSeconds * 1000;
}

function leadOf({ leadSeconds }: RefreshPolicy): number {
  return (leadSeconds ?? DEFAULT_LEAD_SECONDS) * 1000;
}

function jitterOf(policy: RefreshPolicy, { spread }: PlannedTokens): number {
  return spread * (policy.jitterSeconds ?? 0) * 1000;
}

function skewOf({ issuedAt, expiresAt }: PlannedTokens): number {
  return expiresAt === null ? 0 : Math.min(SKEW_MS, lifeOf(issuedAt, expiresAt) / 2);
}

/** A new version lives half of its life before it is renewed. */
function soonestOf(issuedAt: number, end: number): number {
  return issuedAt + Math.max(lifeOf(issuedAt, end) / 2, SHORTEST_PAUSE_MS);
}

function lifeOf(from: number, to: number): number {
  return Math.max(0, to - from);
}
