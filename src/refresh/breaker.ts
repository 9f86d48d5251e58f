/** One provider's breaker: from what came of refreshes it tells whether their failures have one cause, and then lets
 *  nothing through but one try at a time. No I/O; called by provider-health.ts, which writes the incidents. It knows kinds of
 *  failure: a client that is refused is proved by two accounts, an outage by three, and a provider that refuses every
 *  grant within a minute is not believed (docs/decisions/0017-incidents.md).
 *  Must never: stop a provider for what concerns one account, or stay shut once something worked. */
import type { Clock } from '../clock.js';
import { nextBackoff, type BackoffRange } from './backoff.js';
import type { IncidentCause } from './provider-incident.entity.js';

export interface Breaker {
  /** What stands against a refresh now; null where nothing does. */
  obstacle(): Obstacle | null;
  /** Takes the right to send one. A probe has to end before the next begins. */
  enter(): Passage | Obstacle;
  /** Whether refusals of grants are put down to the provider now. */
  areRefusalsHeld(): boolean;
  /** Something was granted to this client: it is right, so that a refusal of a grant is what it says. */
  worked(): Changes;
  failed(failure: CountedFailure): Changes;
  /** Takes up an incident that was open before this process: the next refresh is a probe. */
  resume(cause: IncidentCause, ageMs: number): void;
}

export interface CountedFailure {
  readonly cause: IncidentCause;
  readonly accountId: string;
  readonly retryAfterSeconds: number | null;
  readonly isProbe: boolean;
  /** The same refresh token was sent before, and nobody knows what became of it: its refusal says nothing of others. */
  readonly isExplained: boolean;
}

export interface Obstacle {
  readonly kind: 'obstacle';
  readonly cause: IncidentCause;
  readonly waitMs: number;
}

export interface Passage {
  readonly kind: 'passage';
  readonly isProbe: boolean;
  /** Once, whatever came of it. */
  end(): void;
}

export interface Changes {
  readonly closed: IncidentCause | null;
  readonly opened: IncidentCause | null;
  /** What led to it, and what belongs to one that is open. */
  readonly seen: { readonly cause: IncidentCause; readonly accountIds: readonly string[] } | null;
}

interface Threshold {
  /** Different accounts, with nothing that worked in between. */
  readonly accounts: number;
  /** Failures of whichever account, where no account can be the reason. */
  readonly failures: number;
  readonly withinMs: number;
  readonly probes: BackoffRange;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

const ofOperator = { accounts: 2, failures: 3, withinMs: 15 * MINUTE };
const probedOften: BackoffRange = { shortestMs: 5 * SECOND, longestMs: MINUTE };
const probedSeldom: BackoffRange = { shortestMs: 15 * SECOND, longestMs: 5 * MINUTE };

const thresholds: Readonly<Record<IncidentCause, Threshold>> = {
  CLIENT_REFUSED: { ...ofOperator, probes: probedSeldom },
  AUTHORIZE_URL_CALLED: { ...ofOperator, probes: probedSeldom },
  WRONG_ENDPOINT: { ...ofOperator, probes: probedSeldom },
  REQUESTS_REFUSED: { accounts: 5, failures: Infinity, withinMs: 10 * MINUTE, probes: probedSeldom },
  GRANTS_REFUSED: { accounts: 5, failures: Infinity, withinMs: MINUTE, probes: probedSeldom },
  RATE_LIMITED: { accounts: 3, failures: Infinity, withinMs: 5 * MINUTE, probes: probedOften },
  OUTAGE: { accounts: 3, failures: Infinity, withinMs: 5 * MINUTE, probes: probedOften },
};

/** Grants that are refused for so long are believed to be over, and for as long. */
const LONGEST_HOLD_MS = 24 * 60 * MINUTE;
/** After the client was proved right, what is still refused is over. */
const BELIEVED_MS = 60 * MINUTE;
const MAX_REMEMBERED = 50;
/** What one account is told to wait may be meant for it alone: the next probe, another account's, comes after so long. Each
 *  account keeps its own whole wait. */
const LONGEST_ASKED_SECONDS = 5 * 60;

interface Open {
  readonly cause: IncidentCause;
  readonly openedAt: number;
  /** Monotonic. */
  probeAt: number;
  pauseMs: number;
  isProbing: boolean;
}

interface Failure {
  readonly accountId: string;
  readonly at: number;
}

const nothing: Changes = { closed: null, opened: null, seen: null };

export function createBreaker({ clock, random }: { readonly clock: Clock; readonly random: () => number }): Breaker {
  const streaks = new Map<IncidentCause, Failure[]>();
  let open: Open | null = null;
  let believedUntil = -Infinity;

  return { obstacle, enter, areRefusalsHeld, worked, failed, resume };

  function obstacle(): Obstacle | null {
    if (open === null) return null;
    const waitMs = open.isProbing ? Math.max(open.pauseMs, SECOND) : open.probeAt - clock.monotonic();
    return waitMs > 0 ? { kind: 'obstacle', cause: open.cause, waitMs } : null;
  }

  function enter(): Passage | Obstacle {
    const inTheWay = obstacle();
    if (inTheWay) return inTheWay;
    const probed = open;
    if (probed === null) return { kind: 'passage', isProbe: false, end: () => undefined };
    probed.isProbing = true;
    return { kind: 'passage', isProbe: true, end: () => void (probed.isProbing = false) };
  }

  function areRefusalsHeld(): boolean {
    return open?.cause === 'GRANTS_REFUSED' && clock.monotonic() - open.openedAt < LONGEST_HOLD_MS;
  }

  function worked(): Changes {
    if (open?.cause === 'GRANTS_REFUSED') believedUntil = clock.monotonic() + BELIEVED_MS;
    return close();
  }

  function close(): Changes {
    streaks.clear();
    const closed = open?.cause ?? null;
    open = null;
    return closed === null ? nothing : { ...nothing, closed };
  }

  function failed(failure: CountedFailure): Changes {
    if (failure.cause === 'GRANTS_REFUSED') return grantRefused(failure);
    return count(failure);
  }

  /** The provider has looked at the grant, so it is up and knows the client; unless it says so of every grant. */
  function grantRefused(failure: CountedFailure): Changes {
    if (open?.cause === 'GRANTS_REFUSED' && !areRefusalsHeld()) {
      believedUntil = clock.monotonic() + LONGEST_HOLD_MS;
      return close();
    }
    const { closed } = open && open.cause !== 'GRANTS_REFUSED' ? close() : nothing;
    const isSaid = failure.isExplained || clock.monotonic() < believedUntil;
    return { ...(isSaid && open === null ? nothing : count(failure)), closed };
  }

  function count(failure: CountedFailure): Changes {
    const { cause, accountId } = failure;
    if (open?.cause === cause) return goOn(open, failure);
    // What was on its way when it opened; a probe tells what is the matter now.
    if (open && !failure.isProbe) return nothing;
    const streak = remember(failure);
    const accountIds = [...new Set(streak.map((one) => one.accountId))];
    const threshold = thresholds[cause];
    const isOne = accountIds.length >= threshold.accounts || streak.length >= threshold.failures;
    if (!isOne && open === null) return nothing;
    const { closed } = close();
    open = { cause, openedAt: clock.monotonic(), probeAt: 0, pauseMs: 0, isProbing: false };
    pause(open, failure);
    return { closed, opened: cause, seen: { cause, accountIds: isOne ? accountIds : [accountId] } };
  }

  function goOn(current: Open, failure: CountedFailure): Changes {
    if (failure.isProbe) pause(current, failure);
    return { ...nothing, seen: { cause: failure.cause, accountIds: [failure.accountId] } };
  }

  function pause(current: Open, { retryAfterSeconds, cause }: CountedFailure): void {
    const facts = { range: thresholds[cause].probes, previousMs: current.pauseMs || null, random };
    const asked = Math.min(retryAfterSeconds ?? 0, LONGEST_ASKED_SECONDS);
    current.pauseMs = nextBackoff({ ...facts, retryAfterSeconds: asked });
    current.probeAt = clock.monotonic() + current.pauseMs;
  }

  function remember({ cause, accountId }: CountedFailure): readonly Failure[] {
    const now = clock.monotonic();
    const since = now - thresholds[cause].withinMs;
    const recent = (streaks.get(cause) ?? []).filter(({ at }) => at > since);
    const streak = [...recent, { accountId, at: now }].slice(-MAX_REMEMBERED);
    streaks.set(cause, streak);
    return streak;
  }

  function resume(cause: IncidentCause, ageMs: number): void {
    const now = clock.monotonic();
    open = { cause, openedAt: now - ageMs, probeAt: now, pauseMs: 0, isProbing: false };
  }
}
