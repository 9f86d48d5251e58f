/** The one place that reads and writes connected accounts. Called by connect, refresh, proxy, admin and graphql.
 *  Reads for a user always carry the user's id: another user's account is as one that does not exist. The tokens are
 *  vault/token-store's; findForUse alone joins them, since reading `me` may cost one statement. */
import type { Clock } from '../clock.js';
import type { Database, Transaction } from '../database/database.js';
import { newJobId } from '../database/new-id.js';
import { readPage } from '../database/read-page.js';
import type { Page } from '../database/page.js';
import { fail } from '../errors.js';
import type { Logger } from '../observe/logger.js';
import type { AccountCount } from '../observe/scrape-reader.js';
import { toAccount } from './account-row.js';
import {
  createFindAllForUse,
  createFindDueForUse,
  createFindForUse,
  type FindAllForUse,
  type FindDueForUse,
  type FindForUse,
} from './accounts-for-use.js';
import type {
  AccountFilter,
  AccountKey,
  AccountPageRequest,
  AccountsAtProvider,
  NewAccount,
  ReconnectFacts,
  PolicyChange,
  RefreshFacts,
  RefreshFailure,
  Resumption,
  TooEarly,
} from './account-facts.js';
import { writeActivity, writePlan, writeUses } from './account-activity.js';
import { ConnectedAccountRow } from './connected-account.entity.js';
import type { ConnectedAccount } from './connected-account.js';
import { createUseRecorder } from './use-recorder.js';
import { writeAllRenewed, writeRenewed } from './write-renewed.js';

export interface AccountStore {
  /** Stores a new account: ACTIVE, connected now, never refreshed or used. */
  create(transaction: Transaction, account: NewAccount): Promise<void>;
  find(key: AccountKey): Promise<ConnectedAccount | null>;
  /** As it stands in the transaction: for what is written by what it says. Whoever asks has the account by right. */
  findIn(transaction: Transaction, accountId: string): Promise<ConnectedAccount | null>;
  /** The user's accounts at a provider with their sealed tokens, in one statement; oldest first, at most 20. */
  readonly findForUse: FindForUse;
  /** The same at one provider or all; at most 100. */
  readonly findAllForUse: FindAllForUse;
  /** One account as findForUse gives it; those that are asked for at the same time are read together. */
  readonly findDueForUse: FindDueForUse;
  findByExternalId(key: AccountsAtProvider & { readonly externalId: string }): Promise<ConnectedAccount | null>;
  /** Whether any user has connected this person: what is revoked at the provider could be theirs. For that question alone. */
  isConnectedByAnybody(person: { readonly providerId: string; readonly externalId: string }): Promise<boolean>;
  /** Oldest first. Throws BAD_USER_INPUT for a page size outside 1 to 100 or a cursor that is none. */
  page(request: AccountPageRequest): Promise<Page<ConnectedAccount>>;
  count(request: Pick<AccountPageRequest, 'userId' | 'filter'>): Promise<number>;
  /** Accounts of all users, for /metrics: reads the whole table. */
  countAll(): Promise<readonly AccountCount[]>;
  /** Takes over what a new consent gave: ACTIVE again, no error; the account keeps its id and connectedAt.
   *  Throws ACCOUNT_NOT_FOUND when the account was disconnected meanwhile, so that no tokens are kept for it. */
  reconnect(transaction: Transaction, facts: ReconnectFacts): Promise<void>;
  /** ACTIVE, refreshed now, no error. `grantedScopes` null keeps those that stand (RFC 6749 §6). Where the row is not
   *  as it was `seen`, nothing is written, and the answer is false; with null that does not matter. */
  recordRefreshed(transaction: Transaction, facts: RefreshFacts, seen: ConnectedAccount | null): Promise<boolean>;
  /** The same for many, where nobody holds the row at this moment either. Resolves to the ids of those that were written. */
  recordAllRefreshed(
    transaction: Transaction,
    renewed: readonly { readonly facts: RefreshFacts; readonly seen: ConnectedAccount }[],
  ): Promise<ReadonlySet<string>>;
  recordRefreshFailure(transaction: Transaction, failure: RefreshFailure): Promise<void>;
  /** The provider gave the tokens that stand: ACTIVE, no error, and not to be asked for a while. */
  recordTooEarly(transaction: Transaction, facts: TooEarly): Promise<void>;
  /** Takes back that grants were over, of those refused at this provider since then; gives them as they stood. */
  reinstate(
    transaction: Transaction,
    refused: { readonly providerId: string; readonly since: number },
  ): Promise<readonly ConnectedAccount[]>;
  /** Notes that the account was used now: at most one write a minute an account, and one more when its user is back
   *  after a time away. Never fails and is never awaited. */
  recordUse(accountId: string, resumption?: Resumption | null): void;
  /** The same for a user who is here and uses nothing. */
  recordActivity(accountId: string): void;
  /** Sets what an admin chose for this account, or takes it back. */
  overridePolicy(transaction: Transaction, change: PolicyChange): Promise<void>;
  /** Moves the next refresh of an account whose row stands as it was read: a use or a refresh since then has the word. */
  replan(seen: ConnectedAccount, nextRefreshAt: number | null): Promise<void>;
  /** Writes that the user is back now. */
  resume(transaction: Transaction, accountId: string, resumption: Resumption): Promise<void>;
  /** Resolves when every use recorded so far is written; for shutdown. */
  flush(): Promise<void>;
  /** Answers whether there was such an account of this user. */
  remove(transaction: Transaction, key: AccountKey): Promise<boolean>;
}

export interface AccountStoreParts {
  readonly database: Database;
  readonly clock: Clock;
  /** Hears of uses that could not be noted; without it they are forgotten in silence. */
  readonly log?: Logger;
}

export function createAccountStore({ database, clock, log }: AccountStoreParts): AccountStore {
  const { reader } = database;
  const report = (error: unknown): void => log?.warn({ event: 'account.use_not_recorded', err: error });
  const uses = createUseRecorder({
    clock,
    write: (noted) => database.write((transaction) => writeUses(transaction, noted)),
    report,
  });
  const activity = createUseRecorder({
    clock,
    write: (noted) => database.write((transaction) => writeActivity(transaction, noted)),
    report,
  });

  return {
    async create(transaction, account) {
      const now = clock.now();
      const times = { connectedAt: now, tokensIssuedAt: now, lastActiveAt: now };
      await transaction.insert(ConnectedAccountRow, { ...newRow(account), ...times, jobId: newJobId(clock) });
    },

    async find({ userId, accountId }) {
      const row = await reader.findOneBy(ConnectedAccountRow, { userId, id: accountId });
      return row && toAccount(row);
    },

    async findIn(transaction, accountId) {
      const row = await transaction.findOneBy(ConnectedAccountRow, { id: accountId });
      return row && toAccount(row);
    },

    findForUse: createFindForUse(database),
    findAllForUse: createFindAllForUse(database),
    findDueForUse: createFindDueForUse(database),

    async findByExternalId({ userId, providerId, externalId }) {
      const row = await reader.findOneBy(ConnectedAccountRow, { userId, providerId, externalId });
      return row && toAccount(row);
    },

    isConnectedByAnybody: ({ providerId, externalId }) =>
      reader.existsBy(ConnectedAccountRow, { providerId, externalId }),

    async page({ userId, filter, ...request }) {
      const query = reader.createQueryBuilder(ConnectedAccountRow, 'account').where({ userId, ...columnsOf(filter) });
      return readPage(query, request, { by: 'connectedAt', order: 'ASC', read: toAccount });
    },

    async countAll() {
      const rows: (Omit<AccountCount, 'count'> & { count: number | string })[] = await reader.query(
        'SELECT provider_id AS provider, status, count(*) AS count FROM connected_account GROUP BY provider_id, status',
      );
      return rows.map(({ provider, status, count }) => ({ provider, status, count: Number(count) }));
    },

    count: ({ userId, filter }) => reader.countBy(ConnectedAccountRow, { userId, ...columnsOf(filter) }),

    async reconnect(transaction, { accountId, ...given }) {
      const now = clock.now();
      const times = { tokensIssuedAt: now, lastActiveAt: now, learnedLifetimeMs: null };
      const changes = { ...columnsOfGrant(given), ...healthy, ...times };
      const { affected } = await transaction.update(ConnectedAccountRow, { id: accountId }, changes);
      if (affected !== 1) fail('ACCOUNT_NOT_FOUND', { accountId });
    },

    recordRefreshed: (transaction, facts, seen) => writeRenewed(transaction, { ...facts, now: clock.now() }, seen),

    recordAllRefreshed(transaction, renewed) {
      const now = clock.now();
      return writeAllRenewed(
        transaction,
        renewed.map(({ facts, seen }) => ({ facts: { ...facts, now }, seen })),
      );
    },

    async recordTooEarly(transaction, { accountId, expiresAt, nextRefreshAt, backoffMs, isFor401 }) {
      const now = clock.now();
      const pause = { backoffMs, retryAt: now + backoffMs, renewedFor401At: isFor401 ? now : null };
      const changes = { ...healthy, expiresAt, nextRefreshAt, ...pause };
      await transaction.update(ConnectedAccountRow, { id: accountId }, changes);
    },

    async recordRefreshFailure(transaction, { accountId, code, status, backoffMs, nextRefreshAt }) {
      const now = clock.now();
      const changes = {
        nextRefreshAt,
        lastErrorCode: code,
        lastErrorAt: now,
        retryAt: backoffMs === null ? null : now + backoffMs,
        backoffMs,
        consecutiveFailures: () => 'consecutive_failures + 1',
      };
      await transaction.update(
        ConnectedAccountRow,
        { id: accountId },
        status === 'KEEP' ? changes : { ...changes, status },
      );
    },

    async reinstate(transaction, { providerId, since }) {
      const refused = { providerId, status: 'NEEDS_REAUTHORIZATION', lastErrorCode: 'INVALID_GRANT' } as const;
      const query = transaction.createQueryBuilder(ConnectedAccountRow, 'account').where(refused);
      // By the history, which has an index on the time: accounts have none.
      const recent = 'account.id IN (SELECT account_id FROM refresh_event WHERE at >= :since)';
      const rows = await query.andWhere(`account.lastErrorAt >= :since AND ${recent}`, { since }).getMany();
      const retryAt = clock.now() + REINSTATED_PAUSE_MS;
      const pause = { retryAt, backoffMs: REINSTATED_PAUSE_MS, nextRefreshAt: retryAt };
      const changes = { status: 'ACTIVE', lastErrorCode: 'PROVIDER_ERROR', ...pause } as const;
      for (const { id } of rows) await transaction.update(ConnectedAccountRow, { id, ...refused }, changes);
      return rows.map(toAccount);
    },

    recordUse: (accountId, resumption) => uses.record(accountId, resumption),
    recordActivity: (accountId) => activity.record(accountId),

    async overridePolicy(transaction, { accountId, ...change }) {
      await transaction.update(ConnectedAccountRow, { id: accountId }, change);
    },

    replan: (seen, nextRefreshAt) => database.write((transaction) => writePlan(transaction, seen, nextRefreshAt)),

    async resume(transaction, accountId, resumption) {
      await writeActivity(transaction, new Map([[accountId, { at: clock.now(), resumption }]]));
    },

    async flush() {
      await Promise.all([uses.flush(), activity.flush()]);
    },

    async remove(transaction, { userId, accountId }) {
      const { affected } = await transaction.delete(ConnectedAccountRow, { userId, id: accountId });
      return affected === 1;
    },
  };
}

/** So that the next to be tried is another. */
const REINSTATED_PAUSE_MS = 60_000;

const healthy = {
  status: 'ACTIVE',
  lastErrorCode: null,
  lastErrorAt: null,
  consecutiveFailures: 0,
  retryAt: null,
  backoffMs: null,
  renewedFor401At: null,
} as const;

function newRow(
  account: NewAccount,
): Omit<ConnectedAccountRow, 'connectedAt' | 'tokensIssuedAt' | 'lastActiveAt' | 'jobId'> {
  return {
    id: account.id,
    userId: account.userId,
    providerId: account.providerId,
    ...columnsOfGrant(account),
    lastRefreshedAt: null,
    lastUsedAt: null,
    learnedLifetimeMs: null,
    policyOverride: null,
    expiryToldFor: null,
    ...healthy,
  };
}

function columnsOfGrant(grant: Omit<ReconnectFacts, 'accountId'>) {
  return {
    externalId: grant.externalId,
    displayName: grant.displayName,
    requestedScopes: grant.requestedScopes,
    grantedScopes: grant.grantedScopes,
    expiresAt: grant.expiresAt,
    refreshTokenExpiresAt: grant.refreshTokenExpiresAt,
    nextRefreshAt: grant.nextRefreshAt,
    providerValues: grant.providerValues ?? {},
  };
}

function columnsOf({ providerId, status }: AccountFilter): AccountFilter {
  return { ...(providerId === undefined ? {} : { providerId }), ...(status === undefined ? {} : { status }) };
}
