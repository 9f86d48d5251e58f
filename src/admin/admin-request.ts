/** What the use cases of admins get beside their input. Made by graphql. */
import type { AuditAction, AuditedAct } from '../audit/audit-event.js';
import type { Caller } from '../callers/caller.js';

export interface AdminRequest {
  readonly caller: Caller;
  readonly requestId: string;
}

/** An act on nobody's account in particular: it stands in the audit of the one who does it. */
export function actOf(
  { caller: { id }, requestId }: AdminRequest,
  action: AuditAction,
  reason: string | null = null,
): AuditedAct {
  return { action, actorId: id, subjectId: id, accountId: null, reason, requestId };
}
