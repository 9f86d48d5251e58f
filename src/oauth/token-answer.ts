/** What a token endpoint granted, after every check (RFC 6749 §5.1). */
import type { ProviderValues } from '../providers/provider.js';
import type { Secret } from '../secret.js';

export interface TokenAnswer {
  readonly accessToken: Secret;
  /** Null when the answer had none: at a refresh the old one stays valid (RFC 6749 §6). */
  readonly refreshToken: Secret | null;
  /** End of the access token, epoch milliseconds; null where the provider does not say. */
  readonly expiresAt: number | null;
  /** End of the refresh token, epoch milliseconds; null where the provider does not say. */
  readonly refreshTokenExpiresAt: number | null;
  /** The refresh token ends when the first one of its grant would have, whatever comes: the end that is known stays. */
  readonly keepsRefreshTokenEnd?: boolean;
  /** Null when the answer named none: then what was asked was granted (RFC 6749 §5.1). */
  readonly grantedScopes: readonly string[] | null;
  /** `sub` of the validated ID Token; null where none was issued. */
  readonly subject: string | null;
  /** What the provider's definition keeps of it with the account. */
  readonly providerValues?: ProviderValues;
}
