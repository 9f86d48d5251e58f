/** Which values stand with an account after a refresh: what an answer says anew of where the provider is, if the definition
 *  allows that place. Called by refresh-account.ts. The pair that came with a value that is not allowed is kept all the same:
 *  it may be the only living one. */
import type { ConnectedAccount } from '../accounts/connected-account.js';
import { Fault } from '../errors.js';
import type { Logger } from '../observe/logger.js';
import type { Catalogue, ProviderValues } from '../providers/provider.js';

/** Null where those that stand stay. */
export function renewValues(
  { id: accountId, providerId, providerValues }: ConnectedAccount,
  brought: ProviderValues | null | undefined,
  { catalogue, log }: { readonly catalogue: Catalogue; readonly log: Logger },
): ProviderValues | null {
  const others = Object.entries(brought ?? {}).filter(([name, value]) => providerValues[name] !== value);
  if (others.length === 0) return null;
  const renewed = { ...providerValues, ...Object.fromEntries(others) };
  try {
    catalogue.forAccount({ providerId, providerValues: renewed });
    return renewed;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    log.warn({ event: 'refresh.values_refused', accountId, provider: providerId, err: error });
    return null;
  }
}
