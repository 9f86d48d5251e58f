/** Tells providers to revoke what was disconnected here. Called by disconnect at once, and by a job for those providers
 *  that could not be told then (RFC 7009 §2.2.1). Must never: revoke a grant on which a connected account stands, be it
 *  one with the same refresh token or one of the same person at the provider, of whatever user. */
import type { AccountStore } from '../accounts/account-store.js';
import { Fault } from '../errors.js';
import type { Revocation } from '../oauth/revocation.js';
import type { Logger } from '../observe/logger.js';
import type { Metrics } from '../observe/measures.js';
import type { Catalogue, Provider } from '../providers/provider.js';
import type { TokenPair, TokenStore } from '../vault/token-store.js';
import type { Disconnection, DisconnectionStore } from './disconnection-store.js';
import type { RevocationOutcome } from './revocation-outcome.js';

export interface RetryRevocations {
  /** Tells one provider now, whatever its time. The outcome is kept. */
  tellProvider(disconnection: Disconnection): Promise<RevocationOutcome>;
  /** Tells those whose time has come; answers how many were tried, and how many still wait. */
  retryDue(): Promise<{ tried: number; failed: number }>;
}

export interface RetryRevocationsParts {
  readonly catalogue: Catalogue;
  readonly accounts: Pick<AccountStore, 'isConnectedByAnybody'>;
  readonly tokenStore: Pick<TokenStore, 'isRefreshTokenShared'>;
  readonly disconnections: DisconnectionStore;
  readonly revocation: Revocation;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'revocationEnded'>;
}

const mostAtOnce = 100;

export function createRetryRevocations(parts: RetryRevocationsParts): RetryRevocations {
  const { catalogue, accounts, tokenStore, disconnections, revocation, log, metrics } = parts;

  return {
    tellProvider,

    async retryDue() {
      const due = await disconnections.findDue(mostAtOnce);
      let failed = 0;
      for (const disconnection of due) {
        if ((await tellProvider(disconnection)) === 'FAILED_WILL_RETRY') failed += 1;
      }
      return { tried: due.length, failed };
    },
  };

  async function tellProvider(disconnection: Disconnection): Promise<RevocationOutcome> {
    const { accountId, providerId } = disconnection;
    const tokens = await disconnections.open(disconnection);
    if (!tokens || !(await disconnections.claim(disconnection))) return disconnection.revocation;
    const outcome = (await isStillInUse(disconnection)) ? 'KEPT_SHARED_GRANT' : await revoke(disconnection, tokens);
    if (outcome !== 'FAILED_WILL_RETRY') await disconnections.recordDone(accountId, outcome);
    metrics.revocationEnded({ provider: providerId, outcome });
    log.info({ event: 'account.revocation', accountId, providerId, outcome });
    return outcome;
  }

  async function revoke(disconnection: Disconnection, tokens: TokenPair): Promise<RevocationOutcome> {
    const provider = providerOf(disconnection);
    if (!provider) return 'NOT_SUPPORTED'; // no longer set up here, or not for this account, so there is nobody to tell
    const { externalId } = disconnection;
    const result = await revocation.revokePair({ provider, externalId, ...tokens });
    return result === 'FAILED' ? 'FAILED_WILL_RETRY' : result;
  }

  function providerOf(disconnection: Disconnection): Provider | null {
    try {
      return catalogue.forAccount(disconnection);
    } catch (error) {
      if (error instanceof Fault) return null;
      throw error;
    }
  }

  /** Many providers end the whole grant with one of its tokens. */
  async function isStillInUse({
    accountId,
    providerId,
    externalId,
    refreshTokenFingerprint,
  }: Disconnection): Promise<boolean> {
    if (refreshTokenFingerprint !== null) {
      if (await tokenStore.isRefreshTokenShared({ accountId, fingerprint: refreshTokenFingerprint })) return true;
    }
    return externalId !== null && (await accounts.isConnectedByAnybody({ providerId, externalId }));
  }
}
