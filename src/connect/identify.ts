/** Finds out who it is at the provider that gave the consent. Called by connect-account.
 *  A validated ID Token says it; the profile adds a name, and says it where there is no ID Token. */
import { fail, Fault } from '../errors.js';
import type { TokenAnswer } from '../oauth/token-answer.js';
import type { Logger } from '../observe/logger.js';
import type { Profiles } from '../profile/fetch-profile.js';
import { AccessTokenRefused, type ProviderProfile } from '../profile/provider-profile.js';
import type { Provider, ProviderValues } from '../providers/provider.js';
import { toDisplayName } from './display-name.js';

export interface Person {
  /** The provider's own id of this person; null where it gives none. */
  readonly externalId: string | null;
  readonly displayName: string | null;
  /** What is kept of the profile. */
  readonly providerValues: ProviderValues;
}

export type Identify = (consent: { readonly provider: Provider; readonly tokens: TokenAnswer }) => Promise<Person>;

/** The returned function throws PROVIDER_* or AUTHORIZATION_DENIED when neither ID Token nor profile says who it is, and
 *  PROVIDER_MISCONFIGURED for an id that cannot be one. */
export function createIdentify({ profiles, log }: { profiles: Profiles; log: Logger }): Identify {
  return async ({ provider, tokens }) => {
    const { accessToken, subject } = tokens;
    const profile = await profiles
      .fetch({ provider, accessToken, subject })
      .catch((error: unknown) => withoutProfile(provider, subject, error));
    return {
      externalId: checkId(provider, subject ?? profile?.externalId ?? null),
      providerValues: profile?.providerValues ?? {},
      displayName: toDisplayName(profile?.name ?? null) ?? toDisplayName(profile?.email ?? null),
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

/** UTF-16 code units; OpenID Connect Core §2 allows 255 of ASCII, and other providers give less. */
const maxIdLength = 255;

/** Refused and never mended: a cut or cleaned id could be another person's. */
function checkId({ id }: Provider, externalId: string | null): string | null {
  if (externalId === null) return null;
  if (externalId.length <= maxIdLength && !/[\p{Cc}\p{Surrogate}]/u.test(externalId)) return externalId;
  const why = `The provider "${id}" names the person by an id that is longer than ${maxIdLength} characters or no plain text.`;
  return fail('PROVIDER_MISCONFIGURED', { provider: id, why });
}
