/** Who somebody is at a provider, as callers may see it. */
import type { JsonObject, JsonValue } from '../outbound/strict-json.js';
import type { ProviderValues } from '../providers/provider.js';

export interface ProviderProfile {
  /** The provider's own id of this person; null where it gives none. */
  readonly externalId: string | null;
  readonly name: string | null;
  readonly email: string | null;
  /** An absolute http or https URL. */
  readonly avatarUrl: string | null;
  /** The provider's answer as it came, without anything that looks like a token. */
  readonly raw: ProfileContent;
  /** What the provider's definition keeps of it with the account. */
  readonly providerValues: ProviderValues;
}

/** What an answer says of the person. */
export type MappedProfile<T extends ProfileContent = ProfileContent> = Omit<
  ProviderProfile,
  'raw' | 'providerValues'
> & {
  readonly raw: T;
};

/** A list where the provider answers with one. */
export type ProfileContent = JsonObject | JsonValue[];

/** The provider answered 401: the access token is over, revoked or was never good. One refresh may help. */
export class AccessTokenRefused extends Error {
  override readonly name = 'AccessTokenRefused';
  constructor(readonly providerId: string) {
    super(`the provider "${providerId}" refused the access token`);
  }
}
