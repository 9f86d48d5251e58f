/** Takes the provider's answer where the browser brings it to our own callback page. Called by http/routes/callback.ts.
 *  With the cookie that the start of this very attempt set, the browser is its user's and the attempt is finished. Without
 *  it anybody's browser may stand here (a link opened by another person), so a code is sealed and waits for its user's JWT.
 *  Must never: exchange a code without that cookie, or send a handle anywhere but to the attempt's registered returnTo. */
import type { Clock } from '../clock.js';
import { fail, Fault } from '../errors.js';
import type { Catalogue, Provider } from '../providers/provider.js';
import { Secret } from '../secret.js';
import { browserCookieName, isStartingBrowser, type Cookies } from './browser-cookie.js';
import { readParameters, type CallbackAnswer, type Parameters } from './callback-answer.js';
import type { CompletionStore } from './completion-store.js';
import type { ConnectOutcome } from './connect-outcome.js';
import type { PendingAuthorization, PendingStore } from './pending-store.js';
import type { Settlement } from './settle-authorization.js';
import { callbackUrl, type StartSettings } from './start.js';

export interface BrowserAnswer {
  readonly providerId: string;
  readonly parameters: Parameters;
  readonly cookies: Cookies;
  readonly requestId: string;
}

/** How the attempt is left. */
interface End {
  readonly returnTo: string | null;
  /** The name of the cookie that proved the browser and proves nothing any more; null where none did. */
  readonly spentCookie: string | null;
}

export type BrowserOutcome =
  /** Connected, or with a problem; the way back is the attempt's own. */
  | ({ readonly kind: 'settled'; readonly problem: Fault | null } & End)
  /** Handed in before, and nobody knows what came of it: nothing was connected, and nothing will be. */
  | ({ readonly kind: 'interrupted'; readonly problem: Fault } & End)
  /** Handed in before, and not finished yet: the same answer may come again after `problem.facts.retryAfterSeconds`. */
  | { readonly kind: 'unfinished'; readonly problem: Fault }
  /** The code waits; the app fetches it with the handle. */
  | { readonly kind: 'parked'; readonly handle: string; readonly returnTo: string }
  /** Another browser and no way back: the attempt is gone. */
  | { readonly kind: 'other-browser' }
  /** The same of an attempt whose link was opened: whoever came by it had no other browser to come with. */
  | { readonly kind: 'link-without-return' }
  /** There is no attempt that this answers. */
  | { readonly kind: 'unknown'; readonly problem: Fault };

export interface FinishInBrowser {
  finish(answer: BrowserAnswer): Promise<BrowserOutcome>;
  /** Says whether finish() would find an attempt; reads only, for GETs. Throws STATE_INVALID when not. */
  assertExpected(answer: Pick<BrowserAnswer, 'providerId' | 'parameters'>): Promise<void>;
}

export interface FinishInBrowserParts {
  readonly catalogue: Catalogue;
  readonly pending: PendingStore;
  readonly completions: CompletionStore;
  readonly settlement: Settlement;
  readonly clock: Clock;
  readonly settings: Pick<StartSettings, 'publicUrl' | 'returnTo'> & { readonly parkedCodeSeconds: number };
}

export function createFinishInBrowser(parts: FinishInBrowserParts): FinishInBrowser {
  const { catalogue, pending, completions, settlement, clock, settings } = parts;

  return {
    async finish(given) {
      const answer = readOrProblem(given.parameters, catalogue.get(given.providerId));
      if (answer instanceof Fault) return unknown(answer);
      const attempt = await findOwnAttempt(given.providerId, answer);
      if (attempt) return finishAttempt(attempt, answer, given);
      return repeat(answer, given);
    },

    async assertExpected({ providerId, parameters }) {
      const answer = readParameters(parameters, catalogue.get(providerId).dialect);
      if (await findOwnAttempt(providerId, answer)) return;
      const completion = await completions.findByState(answer.state.digest());
      if (completion?.providerId !== providerId) fail('STATE_INVALID');
    },
  };

  /** An attempt at another provider, or one whose answers go to the app's own page, is not found here (RFC 9700 §4.4). */
  async function findOwnAttempt(providerId: string, answer: CallbackAnswer): Promise<PendingAuthorization | null> {
    const attempt = await pending.findByState(answer.state.digest());
    if (attempt?.providerId !== providerId) return null;
    if (attempt.redirectUri !== callbackUrl(settings.publicUrl, providerId)) return null;
    return clock.now() < attempt.expiresAt ? attempt : null;
  }

  async function finishAttempt(
    attempt: PendingAuthorization,
    answer: CallbackAnswer,
    { cookies, requestId }: BrowserAnswer,
  ): Promise<BrowserOutcome> {
    if (!isStartingBrowser(attempt, { publicUrl: settings.publicUrl, cookies }))
      return finishElsewhere(attempt, answer);
    const finisher = { actorId: attempt.subjectId, reason: null, requestId };
    return settled(await outcomeOf(settlement.settle(attempt, answer, finisher)), attempt);
  }

  /** The same answer from the same browser again: a double click, a reload. */
  async function repeat(answer: CallbackAnswer, { providerId, cookies }: BrowserAnswer): Promise<BrowserOutcome> {
    const completion = await completions.findByState(answer.state.digest());
    if (
      completion?.providerId !== providerId ||
      !isStartingBrowser(completion, { publicUrl: settings.publicUrl, cookies })
    ) {
      return unknown(new Fault('STATE_INVALID'));
    }
    return settled(await outcomeOf(settlement.repeat(completion, answer.digest)), completion);
  }

  /** For the browser that proved itself by its cookie. */
  function settled(
    { problem, earlier }: ConnectOutcome,
    attempt: WithWayBack & { readonly stateHash: string },
  ): BrowserOutcome {
    if (problem && earlier === 'UNFINISHED') return { kind: 'unfinished', problem };
    const spentCookie = browserCookieName(settings.publicUrl, attempt.stateHash);
    const end = { returnTo: wayBack(attempt), spentCookie };
    return problem && earlier === 'INTERRUPTED'
      ? { kind: 'interrupted', problem, ...end }
      : { kind: 'settled', problem, ...end };
  }

  /** An address that is no longer on the operator's list leads nowhere. */
  function wayBack({ returnTo }: WithWayBack): string | null {
    return returnTo !== null && settings.returnTo.includes(returnTo) ? returnTo : null;
  }

  /** Nobody knows whose browser this is. */
  async function finishElsewhere(attempt: PendingAuthorization, answer: CallbackAnswer): Promise<BrowserOutcome> {
    const returnTo = wayBack(attempt);
    const outcome = await outcomeOf(settlement.refuseProblem(attempt, answer));
    if (outcome.problem) return { kind: 'settled', problem: outcome.problem, returnTo, spentCookie: null };
    if (returnTo === null) {
      await pending.remove(attempt);
      return { kind: attempt.linkHash === null ? 'link-without-return' : 'other-browser' };
    }
    return park(attempt, answer, returnTo);
  }

  /** The handle follows from the answer: whoever brings the same one again, here or at another process, gets the same. */
  async function park(
    attempt: PendingAuthorization,
    answer: CallbackAnswer,
    returnTo: string,
  ): Promise<BrowserOutcome> {
    const handle = handleOf(answer);
    const until = Math.min(attempt.expiresAt, clock.now() + settings.parkedCodeSeconds * 1000);
    const isParked = await pending.park(attempt, { answer, handleHash: Secret.of(handle).digest(), until });
    return isParked ? { kind: 'parked', handle, returnTo } : unknown(new Fault('STATE_INVALID'));
  }
}

/** As unguessable as state and code together, and good for no more than they are: it is used under their user's JWT. No row
 *  holds the code's digest, so none tells the handle. */
function handleOf({ state, code }: CallbackAnswer): string {
  if (code === null) throw new Error('An answer without a code is settled at once and never parked.');
  return Secret.of(`handle ${state.digest()} ${code.digest()}`).digest();
}

interface WithWayBack {
  readonly returnTo: string | null;
}

function unknown(problem: Fault): BrowserOutcome {
  return { kind: 'unknown', problem };
}

/** A problem that was thrown is an outcome as well; anything else is not. */
async function outcomeOf(settling: Promise<ConnectOutcome>): Promise<ConnectOutcome> {
  try {
    return await settling;
  } catch (error) {
    if (error instanceof Fault && error.isProblem()) return { account: null, problem: error };
    throw error;
  }
}

function readOrProblem(parameters: Parameters, { dialect }: Provider): CallbackAnswer | Fault {
  try {
    return readParameters(parameters, dialect);
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
}
