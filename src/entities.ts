/** The list of rows and the list of migrations, read by app.ts, ormconfig.ts and tests. A new row class or migration
 *  is added here; nothing looks for them in folders. */
import { CreateTheFirstTables1764000000000 } from '../migrations/1764000000000-create-the-first-tables.js';
import { RememberBrowsersAndDisconnections1764000001000 } from '../migrations/1764000001000-remember-browsers-and-disconnections.js';
import { CreateTheTableOfJobs1764000002000 } from '../migrations/1764000002000-create-the-table-of-jobs.js';
import { NoteRefreshesBeforeTheyAreSent1764000003000 } from '../migrations/1764000003000-note-refreshes-before-they-are-sent.js';
import { PlanRefreshes1764000004000 } from '../migrations/1764000004000-plan-refreshes.js';
import { KeepIncidentsOfProviders1764000005000 } from '../migrations/1764000005000-keep-incidents-of-providers.js';
import { TellWhatHappensToAccounts1764000006000 } from '../migrations/1764000006000-tell-what-happens-to-accounts.js';
import { RememberSinceWhenATokenWasSent1764000007000 } from '../migrations/1764000007000-remember-since-when-a-token-was-sent.js';
import { FindPersonsOfAllUsers1764000008000 } from '../migrations/1764000008000-find-persons-of-all-users.js';
import { FindWhatIsToBeDelivered1764000010000 } from '../migrations/1764000010000-find-what-is-to-be-delivered.js';
import { KeepServiceTokensAndDenials1764000011000 } from '../migrations/1764000011000-keep-service-tokens-and-denials.js';
import { ChainTheAudit1764000012000 } from '../migrations/1764000012000-chain-the-audit.js';
import { KeepWhatAProviderSaysOfAnAccount1764000013000 } from '../migrations/1764000013000-keep-what-a-provider-says-of-an-account.js';
import { ConnectedAccountRow } from './accounts/connected-account.entity.js';
import { RefreshEventRow } from './accounts/refresh-event.entity.js';
import { AuditChainRow } from './audit/audit-chain.entity.js';
import { AuditEventRow } from './audit/audit-event.entity.js';
import { DenialRow, DenyListRow } from './callers/denial.entity.js';
import { ServiceTokenSecretRow } from './callers/service-token-secret.entity.js';
import { ServiceTokenRow } from './callers/service-token.entity.js';
import { CompletedAuthorizationRow } from './connect/completed-authorization.entity.js';
import { DisconnectionRow } from './connect/disconnection.entity.js';
import { PendingAuthorizationRow } from './connect/pending-authorization.entity.js';
import { AccountEventRow } from './events/account-event.entity.js';
import { ProviderIncidentRow } from './refresh/provider-incident.entity.js';
import { KeyringCheckRow } from './vault/keyring-check.entity.js';
import { TokenSetRow } from './vault/token-set.entity.js';

export const entities = [
  ConnectedAccountRow,
  TokenSetRow,
  KeyringCheckRow,
  PendingAuthorizationRow,
  CompletedAuthorizationRow,
  DisconnectionRow,
  AuditEventRow,
  AuditChainRow,
  RefreshEventRow,
  AccountEventRow,
  ProviderIncidentRow,
  ServiceTokenRow,
  ServiceTokenSecretRow,
  DenialRow,
  DenyListRow,
];

/** Oldest first; only ever added to. */
export const migrations = [
  CreateTheFirstTables1764000000000,
  RememberBrowsersAndDisconnections1764000001000,
  CreateTheTableOfJobs1764000002000,
  NoteRefreshesBeforeTheyAreSent1764000003000,
  PlanRefreshes1764000004000,
  KeepIncidentsOfProviders1764000005000,
  TellWhatHappensToAccounts1764000006000,
  RememberSinceWhenATokenWasSent1764000007000,
  FindPersonsOfAllUsers1764000008000,
  FindWhatIsToBeDelivered1764000010000,
  KeepServiceTokensAndDenials1764000011000,
  ChainTheAudit1764000012000,
  KeepWhatAProviderSaysOfAnAccount1764000013000,
];
