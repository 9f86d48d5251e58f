/** What a refresh has to pass that is not of its account: the provider's health and its budget. Called by
 *  refresh-account.ts before it takes the account's turn, so that nothing of the account is held while it waits here. */
import type { ConnectedAccount } from '../accounts/connected-account.js';
import type { RefreshEventReason } from '../accounts/refresh-event.entity.js';
import type { Catalogue } from '../providers/provider.js';
import type { Budget } from './budget.js';
import type { HealthPass, ProviderHealth } from './provider-health.js';

export interface ProviderGate {
  /** Resolves when a refresh may be sent. Throws PROVIDER_UNAVAILABLE, PROVIDER_MISCONFIGURED, PROVIDER_RATE_LIMITED. */
  pass(account: ConnectedAccount, reason: RefreshEventReason): Promise<HealthPass>;
  /** Somebody else asks for an account that may be waiting here. */
  joined(accountId: string, reason: RefreshEventReason): void;
  resume(): Promise<void>;
  settled(): Promise<void>;
}

export interface ProviderGateParts {
  readonly health: ProviderHealth;
  readonly budget: Pick<Budget, 'take' | 'hurry'>;
  readonly catalogue: Catalogue;
}

/** Nobody waits for these. */
const behind: ReadonlySet<RefreshEventReason> = new Set(['SCHEDULED', 'KEEP_ALIVE', 'BEHIND', 'RESUMED']);

export function createProviderGate({ health, budget, catalogue }: ProviderGateParts): ProviderGate {
  return {
    async pass(account, reason) {
      health.assertOpen(account);
      const { id: accountId, providerId } = account;
      const { budgetPerSecond: perSecond } = catalogue.get(providerId).refreshPolicy;
      await budget.take({ providerId, accountId, perSecond, isBehind: behind.has(reason) });
      return health.enter(account);
    },
    joined(accountId, reason) {
      if (!behind.has(reason)) budget.hurry(accountId);
    },
    resume: () => health.resume(),
    settled: () => health.settled(),
  };
}

/** For parts that send to one provider alone, and stop by themselves. */
export const openGate: ProviderGate = {
  pass: async () => ({ tell: () => ({ areRefusalsHeld: false }), end: () => undefined }),
  joined: () => undefined,
  resume: async () => undefined,
  settled: async () => undefined,
};
