/** What was done by whom for whom and why, as the rooms above see it. */

export type AuditAction =
  | 'account.connected'
  | 'account.read'
  | 'account.proxied'
  | 'account.refreshed'
  | 'account.disconnected'
  | 'activity.recorded'
  | 'policy.changed'
  | 'token.created'
  | 'token.revoked'
  | 'token.rotated'
  | 'user.read'
  | 'webhooks.read'
  | 'webhooks.replayed';

/** What stands where an erased user did. No user id is empty (callers/user-id.ts). */
export const ERASED = '';

export type AuditOutcome = 'STARTED' | 'DONE' | 'FAILED';

/** An act before it is done. */
export interface AuditedAct {
  readonly action: AuditAction;
  /** Who does it. */
  readonly actorId: string;
  /** Whose account it is done to; the actor's own id where nobody acts for another. Both are empty once that user is erased. */
  readonly subjectId: string;
  /** Null where no one account is meant, or its id is not yet known. */
  readonly accountId: string | null;
  /** Null where nobody acts for another. */
  readonly reason: string | null;
  readonly requestId: string;
}

export interface AuditEvent extends AuditedAct {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly outcome: AuditOutcome;
}

/** Field by field, so that nothing of a row that is not said here leaves the room. */
export function toEvent(event: AuditEvent): AuditEvent {
  const { id, at, action, actorId, subjectId, accountId, reason, outcome, requestId } = event;
  return { id, at, action, actorId, subjectId, accountId, reason, outcome, requestId };
}
