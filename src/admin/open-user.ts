/** Notes that an admin opened a user's data, before any of it is read. Called by graphql's onBehalfOf.
 *  Where the note cannot be committed, nothing is read. What the admin then reads of a provider is an act of its own
 *  (proxy/me.ts) and leaves its own note. */
import type { Audit } from '../audit/audit.js';
import type { Actor } from '../callers/actor.js';

/** Throws when the note could not be committed. */
export type OpenUser = (actor: Actor) => Promise<void>;

export function createOpenUser({ audit }: { readonly audit: Pick<Audit, 'around'> }): OpenUser {
  return async ({ actorId, subjectId, reason, requestId }) => {
    const act = { action: 'user.read', actorId, subjectId, accountId: null, reason, requestId } as const;
    await audit.around(act, async () => undefined);
  };
}
