/** A deployment's connect room on a real database file, before a real provider, for the tests of connecting:
 *      const world = await openConnectWorld();
 *      const started = await world.start();
 *      const callbackUrl = await world.signIn(started);
 *      const { account } = await world.connect.complete(world.anna, { callbackUrl });  */
import { createAccountStore, type AccountStore } from '../../src/accounts/account-store.js';
import { createRefreshHistory, type RefreshHistory } from '../../src/accounts/refresh-history.js';
import { createAudit, type Audit } from '../../src/audit/audit.js';
import type { Actor } from '../../src/callers/actor.js';
import { createConnect, type Connect } from '../../src/connect/create-connect.js';
import type { StartedAuthorization, StartRequest } from '../../src/connect/start.js';
import type { AuthorizationConfig } from '../../src/config/config.js';
import type { Database } from '../../src/database/database.js';
import { openDatabase } from '../../src/database/open-database.js';
import { entities, migrations } from '../../src/entities.js';
import { createAccountEvents } from '../../src/events/account-events.js';
import { createAuthorizationRequests } from '../../src/oauth/authorization-request.js';
import { createCodeGrant } from '../../src/oauth/code-grant.js';
import { createDiscovery } from '../../src/oauth/discovery.js';
import { createRevocation } from '../../src/oauth/revocation.js';
import { createOutbound } from '../../src/outbound/create-outbound.js';
import { createProfiles } from '../../src/profile/fetch-profile.js';
import { createCatalogue } from '../../src/providers/catalogue.js';
import type { Catalogue, Provider } from '../../src/providers/provider.js';
import { createRefreshSchedule, type RefreshSchedule } from '../../src/refresh/schedule.js';
import { createTokenStore, type TokenStore } from '../../src/vault/token-store.js';
import { collectLog, type LogLines } from './log-lines.js';
import { startOidcProvider, type OidcProviderOptions, type TestOidcProvider } from './oidc-provider.js';
import type { TestClock } from './test-clock.js';
import { openTestDatabase, silentLog } from './test-database.js';
import { createTestVault, type TestVault } from './test-keyring.js';

export const publicUrl = 'http://127.0.0.1:4000';
export const appPage = `${publicUrl}/app/callback`;
export const returnTo = 'https://app.example/done?from=latchkey';

export interface ConnectWorld {
  /** The provider "test". */
  readonly oidc: TestOidcProvider;
  /** The provider "other", another server. */
  readonly otherOidc: TestOidcProvider;
  readonly catalogue: Catalogue;
  readonly connect: Connect;
  readonly accounts: AccountStore;
  readonly history: RefreshHistory;
  readonly tokenStore: TokenStore;
  readonly audit: Audit;
  readonly schedule: RefreshSchedule;
  readonly database: Database;
  /** All that the database keeps, as text. */
  storedText(): Promise<string>;
  readonly clock: TestClock;
  readonly log: LogLines;
  /** Two people and an admin of the app. */
  readonly anna: Actor;
  readonly ben: Actor;
  actor(userId: string): Actor;
  admin(adminId: string, subjectId: string): Actor;
  /** Starts an attempt at "test", of Anna, to our own callback page, if nothing else is said. */
  start(request?: Partial<StartRequest>, actor?: Actor): Promise<StartedAuthorization>;
  /** Signs in at the provider and consents; the address that the browser comes back to. */
  signIn(started: { authorizationUrl: string }, login?: string): Promise<string>;
  /** Says no at the provider. */
  refuse(started: { authorizationUrl: string }): Promise<string>;
  /** Connects from start to end. */
  connectAccount(actor?: Actor, login?: string, request?: Partial<StartRequest>): Promise<string>;
  /** The same deployment in another process, or started anew with other settings: parts of its own, on the same file. */
  otherProcess(changes?: Partial<AuthorizationConfig>): Promise<{ readonly connect: Connect; close(): Promise<void> }>;
  count(table: string): Promise<number>;
  /** Moves the clock little by little until the promise is settled, for what waits for another process. */
  passTimeUntil<T>(promise: Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface ConnectWorldOptions {
  readonly oidc?: OidcProviderOptions;
  readonly provider?: Partial<Provider>;
  readonly settings?: Partial<AuthorizationConfig & { readonly publicUrl: string }>;
}

const settings = {
  publicUrl,
  lifetimeSeconds: 600,
  repeatSeconds: 300,
  parkedCodeSeconds: 120,
  returnTo: [returnTo],
};

export async function openConnectWorld(options: ConnectWorldOptions = {}): Promise<ConnectWorld> {
  const files = await openTestDatabase();
  const { database, clock, config } = files;
  const oidc = await startOidcProvider(options.oidc);
  const otherOidc = await startOidcProvider({ redirectUris: [`${publicUrl}/oauth/callback/other`] });
  oidc.registerRedirectUri(appPage);
  const catalogue = createCatalogue([
    oidc.provider({ redirectUris: [appPage], ...options.provider }),
    otherOidc.provider({ id: 'other', name: 'Other Provider' }),
  ]);
  const vault = createTestVault();
  const log = collectLog();
  const shared = { ...vault, catalogue, clock, log: log.log, settings: { ...settings, ...options.settings } };
  const own = joinParts({ ...shared, database });
  const anna = actor('anna-at-app');

  const world: ConnectWorld = {
    ...own,
    oidc,
    otherOidc,
    catalogue,
    database,
    storedText: () => files.storedText(),
    clock,
    log,
    anna,
    ben: actor('ben-at-app'),
    actor,
    admin: (adminId, subjectId) => ({ ...actor(subjectId), actorId: adminId, reason: 'ticket 42', isOnBehalf: true }),
    start: (request = {}, as = anna) => own.connect.start(as, { ...plainRequest, ...request }),
    signIn: ({ authorizationUrl }, login = 'anna') => serverOf(authorizationUrl).approve(authorizationUrl, { login }),
    refuse: ({ authorizationUrl }) => oidc.approve(authorizationUrl, { login: 'anna', consent: false }),
    async connectAccount(as = anna, login = 'anna', request = {}) {
      const callbackUrl = await world.signIn(await world.start(request, as), login);
      const { account, problem } = await own.connect.complete(as, { callbackUrl });
      if (!account) throw problem ?? new Error('neither account nor problem');
      return account.id;
    },
    async otherProcess(changes = {}) {
      const itsDatabase = await openDatabase({ config, entities, migrations, log: silentLog });
      const its = joinParts({ ...shared, settings: { ...shared.settings, ...changes }, database: itsDatabase });
      return {
        connect: its.connect,
        close: async () => {
          await its.end();
          await itsDatabase.close();
        },
      };
    },
    async count(table) {
      const [row]: { n: number | string }[] = await database.reader.query(`SELECT count(*) AS n FROM ${table}`);
      return Number(row?.n ?? -1);
    },
    async passTimeUntil(promise) {
      const outcome = promise.then(
        () => 'settled',
        () => 'settled',
      );
      while ((await Promise.race([outcome, nextTurn()])) !== 'settled') clock.advance(10);
      return promise;
    },
    async close() {
      await own.end();
      await oidc.close();
      await otherOidc.close();
      await files.close();
    },
  };
  return world;

  function serverOf(authorizationUrl: string): TestOidcProvider {
    return authorizationUrl.startsWith(oidc.issuer) ? oidc : otherOidc;
  }
}

const plainRequest: StartRequest = {
  providerId: 'test',
  scopes: null,
  redirectUri: null,
  returnTo: null,
  accountId: null,
  loginHint: null,
  parameters: [],
};

const nextTurn = () => new Promise<void>((resolve) => setTimeout(resolve, 1));

function actor(userId: string): Actor {
  return { actorId: userId, subjectId: userId, reason: null, requestId: 'request-1', isOnBehalf: false };
}

interface Shared extends TestVault {
  readonly database: Database;
  readonly catalogue: Catalogue;
  readonly clock: TestClock;
  readonly log: LogLines['log'];
  readonly settings: AuthorizationConfig & { readonly publicUrl: string };
}

function joinParts(shared: Shared) {
  const outbound = createOutbound(shared);
  const discovery = createDiscovery({ ...shared, outbound });
  const wire = { ...shared, outbound, discovery };
  const accounts = createAccountStore(shared);
  const history = createRefreshHistory({ ...shared, keptDays: 90 });
  const tokenStore = createTokenStore(shared);
  const audit = createAudit(shared);
  const schedule = createRefreshSchedule(shared);
  const connect = createConnect({
    ...shared,
    accounts,
    history,
    events: createAccountEvents({ ...shared, webhookTypes: new Set() }),
    tokenStore,
    audit,
    schedule,
    requests: createAuthorizationRequests(wire),
    codeGrant: createCodeGrant(wire),
    revocation: createRevocation(wire),
    profiles: createProfiles(wire),
  });
  return { connect, accounts, history, tokenStore, audit, schedule, end: () => outbound.close() };
}

/** The parameters of a callback URL, as a form or a query carries them. */
export function parametersOf(callbackUrl: string): [string, string][] {
  return [...new URL(callbackUrl).searchParams];
}

/** The same callback with one parameter changed, added or (null) taken out. */
export function withParameter(callbackUrl: string, name: string, value: string | null): string {
  const url = new URL(callbackUrl);
  if (value === null) url.searchParams.delete(name);
  else url.searchParams.set(name, value);
  return url.href;
}
