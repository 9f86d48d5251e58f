/** Reads who a user is at a provider, now, with the stored token. Called by graphql for `me` and `profile`.
 *  A token that the provider refuses is renewed once and tried once more; a second refusal is the answer. On behalf of
 *  a user it is an audited act: no STARTED row, no call. A user's own read writes nothing but the time of use. */
import type { ConnectedAccount } from '../accounts/connected-account.js';
import type { Audit, AuditTrace } from '../audit/audit.js';
import type { Actor } from '../callers/actor.js';
import { fail } from '../errors.js';
import type { Profiles } from '../profile/fetch-profile.js';
import { AccessTokenRefused, type ProviderProfile } from '../profile/provider-profile.js';
import type { Catalogue } from '../providers/provider.js';
import type { Activity } from '../refresh/activity.js';
import type { FreshTokens } from '../refresh/fresh-token.js';
import type { UsableToken } from '../refresh/usable-token.js';

export interface Me {
  /** Throws UNKNOWN_PROVIDER, ACCOUNT_NOT_FOUND, NOT_CONNECTED, AMBIGUOUS_ACCOUNT, REAUTHORIZATION_REQUIRED,
   *  SCOPE_MISSING, PROVIDER_RATE_LIMITED, PROVIDER_UNAVAILABLE, PROVIDER_MISCONFIGURED. */
  read(actor: Actor, target: MeTarget): Promise<MeAnswer>;
}

interface MeTarget {
  readonly providerId: string;
  /** Null means the only account there. */
  readonly accountId: string | null;
}

interface MeAnswer {
  readonly account: ConnectedAccount;
  readonly profile: ProviderProfile;
}

interface UsedAnswer extends MeAnswer {
  /** The token that the provider took. */
  readonly used: UsableToken;
}

export interface MeParts {
  readonly freshTokens: Pick<FreshTokens, 'use' | 'afterRefusal'>;
  readonly profiles: Profiles;
  readonly catalogue: Catalogue;
  readonly activity: Pick<Activity, 'noteUse'>;
  readonly audit: Pick<Audit, 'around'>;
}

export function createMe({ freshTokens, profiles, catalogue, activity, audit }: MeParts): Me {
  return {
    async read(actor, target) {
      catalogue.get(target.providerId); // throws for one that is not set up
      if (!actor.isOnBehalf) return readProfile(actor, target);
      const { actorId, subjectId, reason, requestId } = actor;
      const act = {
        action: 'account.read',
        actorId,
        subjectId,
        accountId: target.accountId,
        reason,
        requestId,
      } as const;
      return audit.around(act, (trace) => readProfile(actor, target, trace));
    },
  };

  async function readProfile(
    { subjectId }: Actor,
    { providerId, accountId }: MeTarget,
    trace?: AuditTrace,
  ): Promise<MeAnswer> {
    const token = await freshTokens.use({ userId: subjectId, providerId, accountId });
    if (trace) trace.accountId = token.account.id;
    const { used, ...answer } = (await fetchOnce(token)) ?? (await fetchRenewed(token));
    activity.noteUse(used);
    return answer;
  }

  /** Null when the provider refuses the token (401). */
  async function fetchOnce(token: UsableToken): Promise<UsedAnswer | null> {
    const { account, accessToken, refreshToken } = token;
    try {
      const provider = catalogue.forAccount(account);
      const profile = await profiles.fetch({ provider, accessToken, refreshToken, subject: account.externalId });
      return { account, profile, used: token };
    } catch (error) {
      if (error instanceof AccessTokenRefused) return null;
      throw error;
    }
  }

  async function fetchRenewed(refused: UsableToken): Promise<UsedAnswer> {
    const renewed = await freshTokens.afterRefusal(refused);
    const answer = await fetchOnce(renewed);
    if (answer) return answer;
    const facts = { provider: renewed.account.providerId, accountId: renewed.account.id };
    return fail('PROVIDER_UNAVAILABLE', facts, { detail: 'a token that was just renewed was refused too' });
  }
}
