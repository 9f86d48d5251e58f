/** Finishes an attempt under its user's JWT. Called by graphql's completeAuthorization, with the callback URL or its parts
 *  that came to the app's own page, or the handle that our callback page gave to the app.
 *  Whose attempt it is decides first: an attempt of another user, provider or actor answers as a state that was never
 *  issued here, and nothing of it is read out or consumed (RFC 9700 §4.7, cross-user session fixation). */
import type { Actor } from '../callers/actor.js';
import type { Clock } from '../clock.js';
import { fail, Fault } from '../errors.js';
import { Secret } from '../secret.js';
import { mayFinish } from './attempt-rights.js';
import {
  isAtRedirectUri,
  readCallbackUrl,
  readParts,
  type AnswerParts,
  type CallbackAnswer,
} from './callback-answer.js';
import type { CompletionStore } from './completion-store.js';
import type { ConnectOutcome } from './connect-outcome.js';
import type { PendingAuthorization, PendingStore } from './pending-store.js';
import type { Finisher, Settlement } from './settle-authorization.js';

/** Exactly one way to hand in the provider's answer. */
export type GivenAnswer =
  { readonly callbackUrl: string } | { readonly handle: string } | { readonly parts: AnswerParts };

export type Complete = (actor: Actor, given: GivenAnswer) => Promise<ConnectOutcome>;

export interface CompleteParts {
  readonly pending: PendingStore;
  readonly completions: CompletionStore;
  readonly settlement: Settlement;
  readonly clock: Clock;
}

/** The returned function gives problems of normal life as data; it throws BAD_USER_INPUT for what is no answer at all. */
export function createComplete({ pending, completions, settlement, clock }: CompleteParts): Complete {
  return async (actor, given) => {
    try {
      return 'handle' in given ? await completeByHandle(actor, given.handle) : await completeByAnswer(actor, given);
    } catch (error) {
      if (error instanceof Fault && error.isProblem()) return { account: null, problem: error };
      throw error;
    }
  };

  async function completeByAnswer(
    actor: Actor,
    given: Exclude<GivenAnswer, { handle: string }>,
  ): Promise<ConnectOutcome> {
    const { answer, belongsTo } = readGiven(given);
    const stateHash = answer.state.digest();
    const attempt = await pending.findByState(stateHash);
    if (attempt) {
      if (!mayFinish(actor, attempt) || !belongsTo(attempt)) fail('STATE_INVALID');
      await assertInTime(attempt);
      return settlement.settle(attempt, answer, finisherOf(actor, attempt));
    }
    const completion = await completions.findByState(stateHash);
    if (!completion || !mayFinish(actor, completion) || !belongsTo(completion)) fail('STATE_INVALID');
    return settlement.repeat(completion, answer.digest);
  }

  async function completeByHandle(actor: Actor, given: string): Promise<ConnectOutcome> {
    const handleHash = Secret.of(given.trim()).digest();
    const attempt = await pending.findByHandle(handleHash);
    if (attempt) {
      if (!mayFinish(actor, attempt)) fail('STATE_INVALID');
      await assertInTime(attempt);
      const answer = await pending.openAnswer(attempt);
      if (!answer) fail('STATE_INVALID');
      return settlement.settle(attempt, answer, finisherOf(actor, attempt));
    }
    const completion = await completions.findByHandle(handleHash);
    if (!completion || !mayFinish(actor, completion)) fail('STATE_INVALID');
    return settlement.repeat(completion, completion.answerHash);
  }

  /** Its own user may be told that it is over; the row goes with the telling. */
  async function assertInTime(attempt: PendingAuthorization): Promise<void> {
    const until = Math.min(attempt.expiresAt, attempt.answerExpiresAt ?? Infinity);
    if (clock.now() < until) return;
    await pending.remove(attempt);
    fail('STATE_INVALID', { why: 'The time for finishing this connection is over.' });
  }
}

interface ReadAnswer {
  readonly answer: CallbackAnswer;
  /** Whether the answer came to where this attempt's answers come. */
  readonly belongsTo: (attempt: { readonly providerId: string; readonly redirectUri?: string }) => boolean;
}

function readGiven(given: Exclude<GivenAnswer, { handle: string }>): ReadAnswer {
  if ('parts' in given) {
    const asked = given.parts.providerId.trim();
    return { answer: readParts(given.parts), belongsTo: ({ providerId }) => providerId === asked };
  }
  const { answer, address } = readCallbackUrl(given.callbackUrl);
  return {
    answer,
    belongsTo: ({ redirectUri }) => redirectUri === undefined || isAtRedirectUri(address, redirectUri),
  };
}

/** An attempt that an admin began stays the admin's act, with the admin's reason, when its subject finishes it. */
function finisherOf(actor: Actor, attempt: PendingAuthorization): Finisher {
  const { requestId } = actor;
  if (actor.isOnBehalf) return { actorId: actor.actorId, reason: actor.reason, requestId };
  return { actorId: attempt.actorId, reason: attempt.reason, requestId };
}
