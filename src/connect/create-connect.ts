/** Joins the use cases of this room. Called by app.ts, which hands the result to graphql, http and jobs. */
import type { AccountStore } from '../accounts/account-store.js';
import type { RefreshHistory } from '../accounts/refresh-history.js';
import type { Audit } from '../audit/audit.js';
import type { Clock } from '../clock.js';
import type { AuthorizationConfig } from '../config/config.js';
import type { Database } from '../database/database.js';
import type { AuthorizationRequests } from '../oauth/authorization-request.js';
import type { AccountEvents } from '../events/account-events.js';
import type { CodeGrant } from '../oauth/code-grant.js';
import type { Revocation } from '../oauth/revocation.js';
import type { Logger } from '../observe/logger.js';
import { noMetrics, type Metrics } from '../observe/measures.js';
import type { Profiles } from '../profile/fetch-profile.js';
import type { Catalogue } from '../providers/provider.js';
import { noAlarms, type RefreshAlarms } from '../refresh/refresh-alarms.js';
import type { RefreshSchedule } from '../refresh/schedule.js';
import type { Sealer } from '../vault/seal.js';
import type { TokenStore } from '../vault/token-store.js';
import { createComplete, type Complete } from './complete.js';
import { createCompletionStore } from './completion-store.js';
import { createConnectAccount } from './connect-account.js';
import { createDisconnect, type Disconnect } from './disconnect.js';
import { createDisconnectionStore } from './disconnection-store.js';
import { createFinishInBrowser, type FinishInBrowser } from './finish-in-browser.js';
import { createIdentify } from './identify.js';
import { createOpenLink, type OpenLink } from './open-link.js';
import { createPendingStore } from './pending-store.js';
import { createPurgeExpired, type PurgeExpired } from './purge-expired.js';
import { systemRandomText, type RandomText } from './random-text.js';
import { createRecoverInterrupted, type RecoverInterrupted } from './recover-interrupted.js';
import { createRetryRevocations, type RetryRevocations } from './retry-revocations.js';
import { createRevokeRefused } from './revoke-refused.js';
import { createSettlement } from './settle-authorization.js';
import { createStart, type Start } from './start.js';
import { createUnderWay } from './under-way.js';

export interface Connect {
  readonly start: Start;
  readonly complete: Complete;
  readonly browser: FinishInBrowser;
  readonly link: OpenLink;
  readonly disconnect: Disconnect;
  readonly purgeExpired: PurgeExpired;
  readonly retryRevocations: RetryRevocations['retryDue'];
  /** Before serving, where no other process serves: what a dead one left half done is told as interrupted at once. */
  readonly recoverInterrupted: RecoverInterrupted;
  /** Resolves when what people began has ended; for shutdown. */
  settled(): Promise<void>;
}

export interface ConnectParts {
  readonly database: Database;
  readonly sealer: Sealer;
  readonly tokenStore: TokenStore;
  readonly accounts: AccountStore;
  readonly history: Pick<RefreshHistory, 'forget'>;
  readonly events: AccountEvents;
  readonly audit: Audit;
  readonly catalogue: Catalogue;
  readonly schedule: Pick<RefreshSchedule, 'afterConsent'>;
  readonly requests: AuthorizationRequests;
  readonly codeGrant: CodeGrant;
  readonly revocation: Revocation;
  readonly profiles: Profiles;
  /** Without it nobody is woken for what is connected. */
  readonly alarms?: Pick<RefreshAlarms, 'set'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics?: Metrics;
  readonly randomText?: RandomText;
  readonly settings: AuthorizationConfig & { readonly publicUrl: string };
}

export function createConnect(given: ConnectParts): Connect {
  const parts = { randomText: systemRandomText, metrics: noMetrics, alarms: noAlarms, ...given };
  const pending = createPendingStore(parts);
  const completions = createCompletionStore({ ...parts, repeatSeconds: parts.settings.repeatSeconds });
  const disconnections = createDisconnectionStore(parts);
  const stores = { ...parts, pending, completions, disconnections };
  const connectAccount = createConnectAccount({
    ...stores,
    identify: createIdentify(parts),
    revokeRefused: createRevokeRefused(stores),
  });
  const settlement = createSettlement({ ...stores, connectAccount });
  const revocations = createRetryRevocations(stores);
  const browser = createFinishInBrowser({ ...stores, settlement });
  const link = createOpenLink(stores);
  const { track, settled } = createUnderWay();
  return {
    start: track(createStart(stores)),
    complete: track(createComplete({ ...stores, settlement })),
    browser: { ...browser, finish: track(browser.finish) },
    link: { ...link, open: track(link.open) },
    disconnect: track(createDisconnect({ ...stores, revocations })),
    purgeExpired: createPurgeExpired(stores),
    retryRevocations: () => revocations.retryDue(),
    recoverInterrupted: createRecoverInterrupted(stores),
    settled,
  };
}
