/** An app tells that its user is here. Called by graphql's recordActivity. For an admin on behalf of a user it is an audited
 *  act: it may have a provider asked. */
import type { ConnectedAccount } from '../accounts/connected-account.js';
import type { Audit } from '../audit/audit.js';
import type { Actor } from '../callers/actor.js';
import { fail } from '../errors.js';
import type { Catalogue } from '../providers/provider.js';
import type { Activity } from './activity.js';

/** Gives the accounts whose refreshes were paused and go on now. Null means every provider. Throws UNKNOWN_PROVIDER. */
export type RecordActivity = (actor: Actor, providerId: string | null) => Promise<readonly ConnectedAccount[]>;

export interface RecordActivityParts {
  readonly activity: Pick<Activity, 'noteUser'>;
  readonly catalogue: Catalogue;
  readonly audit: Pick<Audit, 'around'>;
}

export function createRecordActivity({ activity, catalogue, audit }: RecordActivityParts): RecordActivity {
  return async ({ actorId, subjectId: userId, reason, requestId, isOnBehalf, onlyProviders }, providerId) => {
    if (providerId === null && onlyProviders) {
      fail('BAD_USER_INPUT', {
        field: 'provider',
        why: 'You may act at some providers alone: name one as "provider".',
      });
    }
    if (providerId !== null) catalogue.get(providerId);
    const note = () => activity.noteUser({ userId, providerId });
    if (!isOnBehalf) return note();
    const act = {
      action: 'activity.recorded',
      actorId,
      subjectId: userId,
      accountId: null,
      reason,
      requestId,
    } as const;
    return audit.around(act, note);
  };
}
