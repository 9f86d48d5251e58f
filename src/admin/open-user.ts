/** An admin opens a user's data on their behalf. Called by graphql for Query.onBehalfOf, before anything is read.
 *  The trace comes first: where it cannot be committed, nothing is read. What the admin then reads of a provider is an act
 *  of its own (proxy/me) and leaves its own trace. */
import type { Audit } from '../audit/audit.js';
import type { Actor } from '../callers/actor.js';

export type OpenUser = (actor: Actor) => Promise<void>;

export function createOpenUser({ audit }: { readonly audit: Audit }): OpenUser {
  return ({ actorId, subjectId, reason, requestId }) =>
    audit.around({ action: 'user.read', actorId, subjectId, accountId: null, reason, requestId }, () =>
      Promise.resolve(),
    );
}
