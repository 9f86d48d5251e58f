/** What a refresh ends with, for whoever asked for it. Made by refresh-account.ts. The token is read and opened when somebody
 *  asks for it, once for all who do: most refreshes are nobody's. */
import type { AccountForUse } from '../accounts/account-facts.js';
import { alarmedOf, type Alarmed } from './refresh-alarms.js';
import type { UsableToken } from './usable-token.js';

export interface Renewed {
  readonly alarmed: Alarmed;
  token(): Promise<UsableToken>;
}

export function renewedOf(current: AccountForUse, open: (current: AccountForUse) => Promise<UsableToken>): Renewed {
  return renewedLater(alarmedOf(current.account), () => open(current));
}

export function renewedLater(alarmed: Alarmed, read: () => Promise<UsableToken>): Renewed {
  let reading: Promise<UsableToken> | null = null;
  return { alarmed, token: () => (reading ??= read()) };
}
