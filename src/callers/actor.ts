/** Who acts for whom in one request, and why. Made at the edges (graphql, http) and passed to every use case.
 *  Only an admin acts for somebody else, and never without a reason: the audit keeps it and the user can read it. */
import { fail } from '../errors.js';
import type { Caller } from './caller.js';
import { isUserId, userIdRule } from './user-id.js';

export interface Actor {
  /** The user id of the caller. */
  readonly actorId: string;
  /** The user whose accounts are concerned; the same as actorId unless an admin acts on behalf. */
  readonly subjectId: string;
  /** Trimmed, 1 to 256 characters; null unless on behalf. */
  readonly reason: string | null;
  readonly requestId: string;
  readonly isOnBehalf: boolean;
}

export interface OnBehalfOf {
  readonly userId: string;
  readonly reason: string;
}

const maxReasonLength = 256;

/** Throws FORBIDDEN unless the caller is an admin, BAD_USER_INPUT for a missing or too long user id or reason. */
export function actFor(caller: Caller, onBehalfOf: OnBehalfOf | null, requestId: string): Actor {
  if (onBehalfOf === null) {
    return { actorId: caller.userId, subjectId: caller.userId, reason: null, requestId, isOnBehalf: false };
  }
  if (!caller.roles.has('admin')) {
    fail('FORBIDDEN', { why: 'Only an admin may act on behalf of a user. Ask the operator for the role "admin".' });
  }
  return {
    actorId: caller.userId,
    subjectId: checkUserId(onBehalfOf.userId),
    reason: checkReason(onBehalfOf.reason),
    requestId,
    isOnBehalf: true,
  };
}

function checkUserId(userId: string): string {
  if (!isUserId(userId)) {
    fail('BAD_USER_INPUT', { field: 'userId', why: `Name the user to act for: "userId" is ${userIdRule}.` });
  }
  return userId;
}

function checkReason(text: string): string {
  const reason = text.trim();
  if (!isReadable(reason) || Array.from(reason).length > maxReasonLength) {
    fail('BAD_USER_INPUT', {
      field: 'reason',
      why: `Say why you act for this user: "reason" is one line of 1 to ${maxReasonLength} characters that a person can read.`,
    });
  }
  return reason;
}

/** The user reads it later: something to see, and nothing that a terminal obeys or that turns the line around. */
function isReadable(text: string): boolean {
  return /[^\p{C}\p{Z}]/u.test(text) && !/[\p{Cc}\p{Surrogate}\u202a-\u202e\u2066-\u2069]/u.test(text);
}
