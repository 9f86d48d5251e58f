/** An access token on its way into one call to the provider, with the account it belongs to. */
import type { ConnectedAccount } from '../accounts/connected-account.js';
import type { Secret } from '../secret.js';

export interface UsableToken {
  readonly account: ConnectedAccount;
  /** Which of the account's tokens this is; a refusal of it is told by this number. */
  readonly version: number;
  readonly accessToken: Secret;
  /** For taking it out of the provider's answer, should that hold it; it goes into no call. */
  readonly refreshToken: Secret | null;
}
