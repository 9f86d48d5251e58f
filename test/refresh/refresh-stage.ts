/** Everything a refresh touches, for real: a SQLite database, a keyring, an oidc-provider with rotation (a replayed
 *  refresh token ends the grant there), and people who consent. Tests own the clock and watch wire and statements. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ConnectedAccount } from '../../src/accounts/connected-account.js';
import { createAccountStore, type AccountStore } from '../../src/accounts/account-store.js';
import { createRefreshHistory, type RefreshHistory } from '../../src/accounts/refresh-history.js';
import type { DatabaseConfig } from '../../src/config/config.js';
import type { Database } from '../../src/database/database.js';
import { newId } from '../../src/database/new-id.js';
import { fail, Fault } from '../../src/errors.js';
import { accountEventTypes } from '../../src/events/account-event.js';
import { createAccountEvents, type AccountEvents } from '../../src/events/account-events.js';
import { createAuthorizationRequests } from '../../src/oauth/authorization-request.js';
import { createCodeGrant } from '../../src/oauth/code-grant.js';
import { createDiscovery, type Discovery } from '../../src/oauth/discovery.js';
import { createRefreshGrant, type RefreshGrant } from '../../src/oauth/refresh-grant.js';
import { createRevocation } from '../../src/oauth/revocation.js';
import type { TokenAnswer } from '../../src/oauth/token-answer.js';
import { createOutbound } from '../../src/outbound/create-outbound.js';
import type { Outbound } from '../../src/outbound/outbound.js';
import type { Catalogue, Provider } from '../../src/providers/provider.js';
import { noAlarms, type RefreshAlarms } from '../../src/refresh/refresh-alarms.js';
import { createActivity, type Activity } from '../../src/refresh/activity.js';
import { createFreshTokens, type FreshTokens } from '../../src/refresh/fresh-token.js';
import { createRefreshAccount, type RefreshAccount } from '../../src/refresh/refresh-account.js';
import { createRefreshSchedule, type RefreshSchedule } from '../../src/refresh/schedule.js';
import { Secret } from '../../src/secret.js';
import { noJournal, type Journal } from '../../src/vault/journal.js';
import { createRefreshIntentStore } from '../../src/vault/refresh-intent-store.js';
import { createTokenStore, type TokenStore } from '../../src/vault/token-store.js';
import { collectLog, type LogLines } from '../support/log-lines.js';
import { startOidcProvider, type OidcProviderOptions, type TestOidcProvider } from '../support/oidc-provider.js';
import type { TestClock } from '../support/test-clock.js';
import { openTestDatabase, type DatabaseKind } from '../support/test-database.js';
import { createTestVault } from '../support/test-keyring.js';

export interface RefreshStageOptions extends OidcProviderOptions {
  /** Replaces parts of the provider as Latchkey sees it. */
  readonly provider?: (defaults: Provider) => Partial<Provider>;
  /** Hears of each commit that changes when an account is due. */
  readonly alarms?: Pick<RefreshAlarms, 'set'>;
  readonly journal?: Journal;
}

/** What a process has of its own; several may work on one database. */
export interface RefreshProcess {
  readonly database: Database;
  readonly accounts: AccountStore;
  readonly history: RefreshHistory;
  /** The webhook would be told of all. */
  readonly events: AccountEvents;
  readonly tokens: TokenStore;
  readonly refreshAccount: RefreshAccount;
  readonly freshTokens: FreshTokens;
  readonly activity: Activity;
}

export interface RefreshStage extends RefreshProcess {
  readonly config: DatabaseConfig;
  readonly oidc: TestOidcProvider;
  readonly provider: Provider;
  readonly clock: TestClock;
  readonly log: LogLines;
  readonly catalogue: Catalogue;
  readonly schedule: RefreshSchedule;
  readonly outbound: Outbound;
  readonly discovery: Discovery;
  readonly refreshGrant: RefreshGrant;
  /** Posts to the token endpoint since the last call of connect(), reconnect() or this. */
  posts(): number;
  /** Transactions so far. */
  writes(): number;
  /** `login` consents; the account is anna's at Latchkey unless `userId` says otherwise. */
  connect(person?: { login?: string; userId?: string }): Promise<ConnectedAccount>;
  /** The same person consents again. */
  reconnect(account: ConnectedAccount): Promise<void>;
  disconnect(account: ConnectedAccount): Promise<void>;
  /** The account as it stands, or null. */
  look(account: ConnectedAccount): Promise<ConnectedAccount | null>;
  version(account: ConnectedAccount): Promise<number | undefined>;
  /** Another process on the same database. */
  otherProcess(parts?: { refreshGrant?: RefreshGrant }): Promise<RefreshProcess>;
  /** From now on no row of the table can be changed, as on a full disk; the returned function mends that. */
  refuseUpdates(table: string): Promise<() => Promise<void>>;
  /** The next transaction commits, and its answer is lost. */
  loseNextCommit(): void;
  /** Moves the clock on, while somebody sleeps and not while anything works, until the promise is settled. */
  passTimeUntil<T>(promise: Promise<T>): Promise<T>;
  /** The same for a time. */
  passTime(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** How long the provider says that an access token lives. */
export const LIFETIME_MS = 600_000;

export async function openRefreshStage({
  provider: change,
  alarms = noAlarms,
  journal = noJournal,
  ...options
}: RefreshStageOptions = {}): Promise<RefreshStage> {
  const oidc = await startOidcProvider({ accessTokenSeconds: LIFETIME_MS / 1000, ...options });
  const opened = await openTestDatabase();
  let sleepers = 0;
  const clock: TestClock = {
    ...opened.clock,
    sleep(ms, signal) {
      sleepers += 1;
      return opened.clock.sleep(ms, signal).finally(() => (sleepers -= 1));
    },
  };
  let writes = 0;
  let isCommitLost = false;
  let repair = async (): Promise<void> => undefined;
  const database: Database = {
    ...opened.database,
    async write(work) {
      writes += 1;
      const result = await opened.database.write(work);
      if (isCommitLost) {
        isCommitLost = false;
        throw new Fault('DATABASE_UNAVAILABLE', {}, 'the test lost the answer to COMMIT');
      }
      return result;
    },
    writeOne(make) {
      writes += 1;
      return opened.database.writeOne(make);
    },
  };
  const log = collectLog();
  const provider = { ...oidc.provider(), ...change?.(oidc.provider()) };
  const catalogue: Catalogue = {
    list: () => [provider],
    get: (id) => (id === provider.id ? provider : fail('UNKNOWN_PROVIDER', { provider: id })),
    forAccount: () => provider,
  };
  const outbound = createOutbound({ clock });
  const discovery = createDiscovery({ outbound, clock });
  const refreshGrant = createRefreshGrant({ outbound, discovery, clock });
  const vault = createTestVault();
  const schedule = createRefreshSchedule({ catalogue, clock });
  const processOn = (place: Database, grant = refreshGrant): RefreshProcess => {
    const accounts = createAccountStore({ database: place, clock, log: log.log });
    const tokens = createTokenStore({ database: place, ...vault, clock });
    const events = createAccountEvents({ clock, webhookTypes: new Set(accountEventTypes) });
    const history = createRefreshHistory({ database: place, clock, keptDays: 90 });
    const refreshAccount = createRefreshAccount({
      database: place,
      accounts,
      history,
      events,
      tokens,
      intents: createRefreshIntentStore({ database: place, clock }),
      catalogue,
      schedule,
      refreshGrant: grant,
      revocation: createRevocation({ outbound, discovery, clock }),
      clock,
      alarms,
      journal,
      log: log.log,
      random: () => 0,
    });
    const freshTokens = createFreshTokens({
      accounts,
      recent: accounts,
      tokens,
      catalogue,
      refreshAccount,
      schedule,
      clock,
      log: log.log,
    });
    const activity = createActivity({ database: place, accounts, schedule, alarms, refreshAccount, log: log.log });
    return { database: place, accounts, history, events, tokens, refreshAccount, freshTokens, activity };
  };
  const own = processOn(database);
  const { accounts, tokens, refreshAccount } = own;
  const authorizationRequests = createAuthorizationRequests({ outbound, discovery, clock });
  const codeGrant = createCodeGrant({ outbound, discovery, clock });
  let postsBefore = 0;

  async function consent(login: string): Promise<TokenAnswer> {
    const { redirectUri } = oidc;
    const { authorizationUrl, state, codeVerifier, nonce } = await authorizationRequests.prepare({
      provider,
      redirectUri,
      scopes: provider.defaultScopes,
      loginHint: null,
    });
    const { searchParams } = new URL(await oidc.approve(authorizationUrl, { login }));
    const code = Secret.of(searchParams.get('code') ?? '');
    const callback = { code, state, iss: searchParams.get('iss') };
    return codeGrant.exchange({ provider, redirectUri, callback, codeVerifier, nonce });
  }

  const look: RefreshStage['look'] = ({ userId, id }) => accounts.find({ userId, accountId: id });

  return {
    oidc,
    provider,
    config: opened.config,
    clock,
    log,
    ...own,
    catalogue,
    schedule,
    outbound,
    discovery,
    refreshGrant,
    look,
    posts: () => {
      const since = oidc.counts.token - postsBefore;
      postsBefore = oidc.counts.token;
      return since;
    },
    writes: () => writes,
    version: async ({ id }) => (await tokens.read(id))?.version,

    otherProcess: async ({ refreshGrant: grant } = {}) => processOn(await opened.openAnother(), grant),
    loseNextCommit: () => {
      isCommitLost = true;
    },

    async refuseUpdates(table) {
      const run = (statement: string) => opened.database.write((transaction) => transaction.query(statement));
      const [refuse, mend] = refusalsOf(table)[opened.config.kind];
      await run(refuse);
      repair = () => run(mend);
      return repair;
    },

    async passTime(ms) {
      for (const end = clock.monotonic() + ms; clock.monotonic() < end;) {
        await nextTurn();
        if (sleepers > 0) clock.advance(10);
      }
    },

    async passTimeUntil(promise) {
      let isSettled = false;
      const settle = (): void => {
        isSettled = true;
      };
      promise.then(settle, settle);
      for (;;) {
        await nextTurn();
        if (isSettled) return promise;
        if (sleepers > 0) clock.advance(10);
      }
    },

    async connect({ login = 'anna', userId = 'anna' } = {}) {
      const answer = await consent(login);
      const id = newId('acc', clock);
      const pair = await tokens.seal({ accountId: id, userId }, answer);
      const account = { id, userId, providerId: provider.id, displayName: login, ...grantOf(answer, provider) };
      const planned = { version: 1, hasRefreshToken: answer.refreshToken !== null };
      const nextRefreshAt = schedule.afterConsent({ ...planned, account: { ...account, policyOverride: null } });
      await database.write(async (transaction) => {
        await accounts.create(transaction, { ...account, nextRefreshAt });
        await tokens.create(transaction, pair);
      });
      postsBefore = oidc.counts.token;
      return (await look({ ...account } as ConnectedAccount))!;
    },

    async reconnect(account) {
      const answer = await consent(account.externalId ?? '');
      const pair = await tokens.seal({ accountId: account.id, userId: account.userId }, answer);
      await database.write(async (transaction) => {
        const { version } = (await tokens.read(account.id))!;
        const granted = grantOf(answer, provider);
        const planned = { version: version + 1, hasRefreshToken: answer.refreshToken !== null };
        const nextRefreshAt = schedule.afterConsent({ ...planned, account: { ...account, ...granted } });
        const facts = { accountId: account.id, displayName: account.displayName, ...granted, nextRefreshAt };
        await accounts.reconnect(transaction, facts);
        await tokens.replace(transaction, pair, version);
      });
      postsBefore = oidc.counts.token;
    },

    async disconnect({ userId, id }) {
      await database.write(async (transaction) => {
        await tokens.remove(transaction, id);
        await own.history.forget(transaction, id);
        await accounts.remove(transaction, { userId, accountId: id });
      });
    },

    async close() {
      await repair(); // the next test gets the same database on PostgreSQL
      await refreshAccount.settled();
      await accounts.flush();
      await outbound.close();
      await opened.close();
      await oidc.close();
    },
  };
}

function grantOf(answer: TokenAnswer, provider: Provider) {
  return {
    externalId: answer.subject,
    requestedScopes: provider.defaultScopes,
    grantedScopes: answer.grantedScopes ?? provider.defaultScopes,
    expiresAt: answer.expiresAt,
    refreshTokenExpiresAt: answer.refreshTokenExpiresAt,
  };
}

/** Statements that make every change of a row fail, and end that. */
function refusalsOf(table: string): Record<DatabaseKind, readonly [string, string]> {
  return {
    sqlite: [
      `CREATE TRIGGER full_disk BEFORE UPDATE ON ${table} BEGIN SELECT RAISE(ABORT, 'disk full'); END`,
      'DROP TRIGGER IF EXISTS full_disk',
    ],
    postgres: [
      `ALTER TABLE ${table} ADD CONSTRAINT full_disk CHECK (false) NOT VALID`,
      `ALTER TABLE ${table} DROP CONSTRAINT IF EXISTS full_disk`,
    ],
  };
}
