/** Finishes an attempt under its user's JWT. Called by graphql's completeAuthorization, with the callback URL or its parts
 *  that came to the app's own page, or the handle that our callback page gave to the app.
 *  Whose attempt it is decides first: an attempt of another user, provider or actor answers as a state that was never
 *  issued here, and nothing of it is read out or consumed (RFC 9700 §4.7, cross-user session fixation). */
import type { Actor } from '../callers/actor.js';
import type { Clock } from '../clock.js';
import { fail, Fault } from '../errors.js';
import type { Catalogue } from '../providers/provider.js';
import { Secret } from '../secret.js';
import { mayFinish } from './attempt-rights.js';
import {
  isAtRedirectUri,
  readCallbackUrl,
  readParameters,
  readParts,
  statesIn,
  type AnswerDialect,
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
  readonly catalogue: Catalogue;
  readonly pending: PendingStore;
  readonly completions: CompletionStore;
  readonly settlement: Settlement;
  readonly clock: Clock;
}

/** The returned function gives problems of normal life as data; it throws BAD_USER_INPUT for what is no answer at all. */
export function createComplete({ catalogue, pending, completions, settlement, clock }: CompleteParts): Complete {
  const stateNames = new Set(catalogue.list().map(({ dialect }) => dialect.callback.state));

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
    const { states, read, belongsTo } = readGiven(given, stateNames);
    for (const state of states) {
      const stateHash = state.digest();
      const attempt = await pending.findByState(stateHash);
      if (attempt) {
        if (!mayFinish(actor, attempt) || !belongsTo(attempt)) fail('STATE_INVALID');
        const answer = answerOf(attempt, { read, stateHash });
        await assertInTime(attempt);
        return settlement.settle(attempt, answer, finisherOf(actor, attempt));
      }
      const completion = await completions.findByState(stateHash);
      if (!completion) continue;
      if (!mayFinish(actor, completion) || !belongsTo(completion)) fail('STATE_INVALID');
      return settlement.repeat(completion, answerOf(completion, { read, stateHash }).digest);
    }
    return fail('STATE_INVALID', states.length === 0 ? { why: NO_STATE } : {});
  }

  /** As the attempt's own provider writes it. */
  function answerOf(
    { providerId }: { readonly providerId: string },
    { read, stateHash }: Pick<GivenParameters, 'read'> & { readonly stateHash: string },
  ): CallbackAnswer {
    const answer = read(catalogue.get(providerId).dialect);
    // Found by a parameter that is the state to another provider.
    return answer.state.digest() === stateHash ? answer : fail('STATE_INVALID');
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

const NO_STATE = 'The answer does not say which attempt it belongs to (it has no "state").';

interface GivenParameters {
  /** What may be its state: how it is called depends on the provider. */
  readonly states: readonly Secret[];
  readonly read: (dialect: AnswerDialect) => CallbackAnswer;
  /** Whether the answer came to where this attempt's answers come. */
  readonly belongsTo: (attempt: { readonly providerId: string; readonly redirectUri?: string }) => boolean;
}

function readGiven(given: Exclude<GivenAnswer, { handle: string }>, names: ReadonlySet<string>): GivenParameters {
  if ('parts' in given) {
    const { parts } = given;
    const asked = parts.providerId.trim();
    return {
      states: statesIn([['state', parts.state]], new Set(['state'])),
      read: (dialect) => readParts(parts, dialect),
      belongsTo: ({ providerId }) => providerId === asked,
    };
  }
  const { parameters, address } = readCallbackUrl(given.callbackUrl);
  return {
    states: statesIn(parameters, names),
    read: (dialect) => readParameters(parameters, dialect),
    belongsTo: ({ redirectUri }) => redirectUri === undefined || isAtRedirectUri(address, redirectUri),
  };
}

/** An attempt that an admin began stays the admin's act, with the admin's reason, when its subject finishes it. */
function finisherOf(actor: Actor, attempt: PendingAuthorization): Finisher {
  const { requestId } = actor;
  if (actor.isOnBehalf) return { actorId: actor.actorId, reason: actor.reason, requestId };
  return { actorId: attempt.actorId, reason: attempt.reason, requestId };
}
