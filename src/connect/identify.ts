/** Finds out who it is at the provider that gave the consent. Called by connect-account.
 *  A validated ID Token says it; the profile adds a name, and says it where there is no ID Token. */
import { fail, Fault } from '../errors.js';
import type { TokenAnswer } from '../oauth/token-answer.js';
import type { Logger } from '../observe/logger.js';
import type { Profiles } from '../profile/fetch-profile.js';
import { AccessTokenRefused, type ProviderProfile } from '../profile/provider-profile.js';
import type { Provider } from '../providers/provider.js';

export interface Person {
  /** The provider's own id of this person; null where it gives none. */
  readonly externalId: string | null;
  readonly displayName: string | null;
}

export type Identify = (consent: { readonly provider: Provider; readonly tokens: TokenAnswer }) => Promise<Person>;

/** The returned function throws PROVIDER_* or AUTHORIZATION_DENIED when neither ID Token nor profile says who it is. */
export function createIdentify({ profiles, log }: { profiles: Profiles; log: Logger }): Identify {
  return async ({ provider, tokens }) => {
    const { accessToken, subject } = tokens;
    const profile = await profiles
      .fetch({ provider, accessToken, subject })
      .catch((error: unknown) => withoutProfile(provider, subject, error));
    return {
      externalId: subject ?? profile?.externalId ?? null,
      displayName: profile?.name ?? profile?.email ?? null,
    };
  };

  /** The profile alone does not stop a connection whose ID Token says who it is. */
  function withoutProfile(provider: Provider, subject: string | null, error: unknown): ProviderProfile | null {
    if (subject !== null) {
      log.warn({ event: 'authorization.profile_missing', providerId: provider.id, err: error });
      return null;
    }
    if (error instanceof AccessTokenRefused) {
      const why = `The provider "${provider.id}" refused the access token that it had just issued.`;
      return fail('PROVIDER_MISCONFIGURED', { provider: provider.id, why }, { cause: error });
    }
    if (error instanceof Fault && error.code === 'SCOPE_MISSING') {
      const why = `What was agreed to at the provider "${provider.id}" does not let Latchkey ask whose account it is.`;
      return fail('AUTHORIZATION_DENIED', { provider: provider.id, why }, { cause: error });
    }
    throw error;
  }
}
