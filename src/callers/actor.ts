/** Who acts for whom in one request, and why. Made at the edges (graphql, http) and passed to every use case.
 *  Whether they may is may.ts's to say. Nobody acts for somebody else without a reason: the audit keeps it and the user can
 *  read it. */
import { fail } from '../errors.js';
import type { Action } from './actions.js';
import type { Caller } from './caller.js';
import { may } from './may.js';
import { isUserId, userIdRule } from './user-id.js';

export interface Actor {
  /** The user id of the caller, or the id of the service token. */
  readonly actorId: string;
  /** The user whose accounts are concerned; the same as actorId unless somebody acts on behalf. */
  readonly subjectId: string;
  /** Trimmed, 1 to 256 characters; null unless on behalf. */
  readonly reason: string | null;
  readonly requestId: string;
  readonly isOnBehalf: boolean;
  /** The only providers whose accounts may be touched; null, and where it is left out, all. */
  readonly onlyProviders?: ReadonlySet<string> | null;
}

export interface OnBehalfOf {
  readonly userId: string;
  readonly reason: string;
}

const maxReasonLength = 256;

export interface WishedAct {
  readonly action: Action;
  readonly onBehalfOf: OnBehalfOf | null;
  /** The provider, where the caller named one. */
  readonly providerId?: string | null;
  readonly requestId: string;
}

/** Throws FORBIDDEN unless the caller may do that, BAD_USER_INPUT for a missing or too long user id or reason. */
export function actFor(caller: Caller, { action, onBehalfOf, providerId = null, requestId }: WishedAct): Actor {
  const verdict = may(caller, { action, onBehalfOf: onBehalfOf?.userId ?? null, providerId });
  if (!verdict.isAllowed) fail('FORBIDDEN', { why: verdict.why });
  if (onBehalfOf === null) {
    return { actorId: caller.id, subjectId: caller.id, reason: null, requestId, isOnBehalf: false };
  }
  return {
    actorId: caller.id,
    subjectId: checkUserId(onBehalfOf.userId),
    reason: checkReason(onBehalfOf.reason),
    requestId,
    isOnBehalf: true,
    ...(verdict.providers && { onlyProviders: verdict.providers }),
  };
}

/** Whether an account at this provider may be touched. */
export function reaches({ onlyProviders = null }: Actor, providerId: string): boolean {
  return onlyProviders === null || onlyProviders.has(providerId);
}

function checkUserId(userId: string): string {
  if (!isUserId(userId)) {
    fail('BAD_USER_INPUT', { field: 'userId', why: `Name the user to act for: "userId" is ${userIdRule}.` });
  }
  return userId;
}

/** Trimmed. Throws BAD_USER_INPUT. */
export function checkReason(text: string): string {
  const reason = text.trim();
  if (!isReadable(reason) || Array.from(reason).length > maxReasonLength) {
    fail('BAD_USER_INPUT', {
      field: 'reason',
      why: `Say why you do this: "reason" is one line of 1 to ${maxReasonLength} characters that a person can read.`,
    });
  }
  return reason;
}

/** The user reads it later: something to see, and nothing that a terminal obeys or that turns the line around. */
function isReadable(text: string): boolean {
  return /[^\p{C}\p{Z}]/u.test(text) && !/[\p{Cc}\p{Surrogate}\u202a-\u202e\u2066-\u2069]/u.test(text);
}
