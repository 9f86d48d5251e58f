/** Gives back the tokens of a consent that came to nothing here: another person's in place of an account's own, or ones that
 *  could not be stored. Called by connect-account, within the act that the audit tells of; nothing keeps these tokens, so
 *  a provider that cannot be told now is not told later. RFC 7009.
 *  Must never: revoke a grant on which an account of anybody here may stand, or turn a refusal into another fault
 *  (docs/decisions/0010-disconnecting-twice.md). */
import type { AccountStore } from '../accounts/account-store.js';
import type { Clock } from '../clock.js';
import { newId } from '../database/new-id.js';
import type { Revocation, RevocationResult } from '../oauth/revocation.js';
import type { TokenAnswer } from '../oauth/token-answer.js';
import type { Logger } from '../observe/logger.js';
import type { Provider } from '../providers/provider.js';
import type { TokenStore } from '../vault/token-store.js';
import type { Person } from './identify.js';

export interface RefusedConsent {
  readonly provider: Provider;
  readonly tokens: TokenAnswer;
  readonly person: Person;
}

export type RevokeRefused = (refused: RefusedConsent) => Promise<void>;

export interface RevokeRefusedParts {
  readonly accounts: Pick<AccountStore, 'isConnectedByAnybody'>;
  readonly tokenStore: Pick<TokenStore, 'seal' | 'isRefreshTokenShared'>;
  readonly revocation: Pick<Revocation, 'revokePair'>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The returned function never throws. */
export function createRevokeRefused(parts: RevokeRefusedParts): RevokeRefused {
  const { accounts, tokenStore, revocation, clock, log } = parts;

  return async (refused) => {
    const providerId = refused.provider.id;
    try {
      const outcome = await revokeUnlessInUse(refused);
      log.info({ event: 'authorization.tokens_given_back', providerId, outcome });
    } catch (error) {
      log.warn({ event: 'authorization.tokens_given_back', providerId, outcome: 'FAILED', err: error });
    }
  };

  async function revokeUnlessInUse(refused: RefusedConsent): Promise<RevocationResult | 'KEPT_SHARED_GRANT'> {
    if (await mayBeInUse(refused)) return 'KEPT_SHARED_GRANT';
    const { provider, tokens, person } = refused;
    const { accessToken, refreshToken } = tokens;
    return revocation.revokePair({ provider, accessToken, refreshToken, externalId: person.externalId });
  }

  /** Many providers have one grant for a person and us, and end the whole of it with any of its tokens. */
  async function mayBeInUse({ provider, tokens, person: { externalId } }: RefusedConsent): Promise<boolean> {
    if (externalId === null) return true; // nobody knows whose grant it is
    if (await accounts.isConnectedByAnybody({ providerId: provider.id, externalId })) return true;
    const accountId = newId('acc', clock); // of no account: sealed for its fingerprint alone
    const { refresh } = await tokenStore.seal({ accountId, userId: accountId }, tokens);
    return refresh !== null && tokenStore.isRefreshTokenShared({ accountId, fingerprint: refresh.fingerprint });
  }
}
