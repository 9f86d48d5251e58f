/** Accounts of many users at one scripted provider on loopback, with all that a refresh touches for real: database, vault,
 *  HTTP. The provider answers /token as it is told; tests own the clock.
 *      const fleet = await openFleet();
 *      const accounts = await fleet.connect(50);
 *      fleet.answerEach(() => ({ status: 503 }));  */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createAccountStore } from '../../src/accounts/account-store.js';
import type { ConnectedAccount } from '../../src/accounts/connected-account.js';
import { createRefreshHistory } from '../../src/accounts/refresh-history.js';
import { newId } from '../../src/database/new-id.js';
import { accountEventTypes } from '../../src/events/account-event.js';
import { createAccountEvents } from '../../src/events/account-events.js';
import { fail } from '../../src/errors.js';
import { createClientSecrets } from '../../src/oauth/client-secrets.js';
import { createDiscovery } from '../../src/oauth/discovery.js';
import { createRefreshGrant } from '../../src/oauth/refresh-grant.js';
import { createRevocation } from '../../src/oauth/revocation.js';
import { createOutbound } from '../../src/outbound/create-outbound.js';
import type { Catalogue, Provider } from '../../src/providers/provider.js';
import { createBudget, type Budget } from '../../src/refresh/budget.js';
import { createFreshTokens, type FreshTokens } from '../../src/refresh/fresh-token.js';
import { createIncidentStore, type IncidentStore, type ProviderIncident } from '../../src/refresh/incident-store.js';
import { createIncidents } from '../../src/refresh/incidents.js';
import { createProviderGate } from '../../src/refresh/provider-gate.js';
import { createProviderHealth, type ProviderHealth } from '../../src/refresh/provider-health.js';
import { createRefreshAccount, type RefreshAccount } from '../../src/refresh/refresh-account.js';
import { createRefreshSchedule } from '../../src/refresh/schedule.js';
import { Secret } from '../../src/secret.js';
import { createRefreshIntentStore } from '../../src/vault/refresh-intent-store.js';
import { createTokenStore } from '../../src/vault/token-store.js';
import { startHostileServer, type HostileServer, type RawAnswer } from './hostile-server.js';
import { collectLog, type LogLines } from './log-lines.js';
import { testProvider } from './oidc-provider.js';
import type { SeenRequest } from './request-tap.js';
import type { TestClock } from './test-clock.js';
import { openTestDatabase } from './test-database.js';
import { createTestVault } from './test-keyring.js';
import type { Database } from '../../src/database/database.js';

const FLEET_LIFETIME_MS = 600_000;

export interface FleetProcess {
  readonly refreshAccount: RefreshAccount;
  readonly freshTokens: FreshTokens;
  readonly health: ProviderHealth;
  readonly incidents: IncidentStore;
  readonly budget: Budget;
}

export interface Fleet extends FleetProcess {
  readonly server: HostileServer;
  readonly database: Database;
  readonly clock: TestClock;
  readonly log: LogLines;
  readonly provider: Provider;
  /** Accounts whose access tokens are over. */
  connect(count: number): Promise<ConnectedAccount[]>;
  look(account: ConnectedAccount): Promise<ConnectedAccount>;
  /** From now on, each refresh gets what this makes of it; without it, new tokens. */
  answerEach(make?: (request: SeenRequest) => RawAnswer): void;
  /** Posts to the token endpoint since the last call. */
  posts(): number;
  use(account: ConnectedAccount, process?: Pick<FleetProcess, 'freshTokens'>): Promise<unknown>;
  /** As a job does it. */
  renewBehind(account: ConnectedAccount, process?: Pick<FleetProcess, 'refreshAccount'>): Promise<unknown>;
  openIncidents(): Promise<readonly ProviderIncident[]>;
  /** A process on the same database, as after a restart or on another machine. */
  otherProcess(change?: Partial<Provider>): Promise<FleetProcess>;
  /** Moves the clock on in small steps while work goes on. */
  passTime(ms: number, stepMs?: number): Promise<void>;
  close(): Promise<void>;
}

export async function openFleet(change: (provider: Provider) => Partial<Provider> = () => ({})): Promise<Fleet> {
  const opened = await openTestDatabase();
  const { clock } = opened;
  const server = await startHostileServer();
  const client = { authentication: 'client_secret_post', id: 'client', secret: Secret.of('secret-1') } as const;
  const plain = testProvider(server.origin, { client });
  const provider = { ...plain, ...change(plain) };
  const log = collectLog();
  const outbound = createOutbound({ clock });
  const vault = createTestVault();
  const made: FleetProcess[] = [];

  const processOn = (database: Database, seen: Provider): FleetProcess => {
    const catalogue: Catalogue = {
      list: () => [seen],
      get: (id) => (id === seen.id ? seen : fail('UNKNOWN_PROVIDER', { provider: id })),
      forAccount: () => seen,
    };
    const discovery = createDiscovery({ outbound, clock });
    const clientSecrets = createClientSecrets({ log: log.log });
    const accounts = createAccountStore({ database, clock, log: log.log });
    const tokens = createTokenStore({ database, ...vault, clock });
    const random = () => 0;
    const events = createAccountEvents({ clock, webhookTypes: new Set(accountEventTypes) });
    const incidents = createIncidentStore({ database, clock });
    const health = createProviderHealth({
      incidents: createIncidents({ database, store: incidents, accounts, events, clock, log: log.log }),
      clock,
      random,
    });
    const budget = createBudget({ clock });
    const schedule = createRefreshSchedule({ catalogue, clock });
    const refreshAccount = createRefreshAccount({
      schedule,
      events,
      gate: createProviderGate({ health, budget, catalogue }),
      database,
      accounts,
      history: createRefreshHistory({ database, clock, keptDays: 90 }),
      tokens,
      intents: createRefreshIntentStore({ database, clock }),
      catalogue,
      refreshGrant: createRefreshGrant({ outbound, discovery, clientSecrets, clock }),
      revocation: createRevocation({ outbound, discovery, clientSecrets, clock }),
      clock,
      log: log.log,
      random,
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
    const one = { refreshAccount, freshTokens, health, incidents, budget };
    made.push(one);
    return one;
  };
  const own = processOn(opened.database, provider);
  const store = createAccountStore({ database: opened.database, clock });
  const vaultStore = createTokenStore({ database: opened.database, ...vault, clock });
  let postsBefore = 0;

  const sealedPair = (id: string, userId: string) =>
    vaultStore.seal(
      { accountId: id, userId },
      { accessToken: Secret.of(`at-${id}`), refreshToken: Secret.of(`rt-${id}`) },
    );

  const answerEach: Fleet['answerEach'] = (make = (request) => granted(`at-${request.remotePort}-${Math.random()}`)) =>
    server.answerEach('/token', make);
  answerEach();

  return {
    ...own,
    server,
    database: opened.database,
    clock,
    log,
    provider,
    answerEach,

    async connect(count) {
      const users = Array.from({ length: count }, (_, at) => ({ id: newId('acc', clock), userId: `user-${at}` }));
      const pairs = await Promise.all(users.map(({ id, userId }) => sealedPair(id, userId)));
      const scopes = provider.defaultScopes;
      const grant = { displayName: null, requestedScopes: scopes, grantedScopes: scopes };
      const ends = { expiresAt: clock.now() + FLEET_LIFETIME_MS, refreshTokenExpiresAt: null, nextRefreshAt: null };
      await opened.database.write(async (transaction) => {
        for (const [at, { id, userId }] of users.entries()) {
          const facts = { id, userId, providerId: provider.id, externalId: id, ...grant, ...ends };
          await store.create(transaction, facts);
          await vaultStore.create(transaction, pairs[at]!);
        }
      });
      clock.advance(FLEET_LIFETIME_MS);
      return Promise.all(users.map(async ({ id, userId }) => (await store.find({ userId, accountId: id }))!));
    },

    look: async ({ userId, id }) => (await store.find({ userId, accountId: id }))!,

    posts() {
      const count = server.requests.filter(({ endpoint }) => endpoint === '/token').length;
      const since = count - postsBefore;
      postsBefore = count;
      return since;
    },

    use: ({ id, userId, providerId }, { freshTokens } = own) => freshTokens.use({ userId, providerId, accountId: id }),

    async renewBehind({ id, userId, providerId }, { refreshAccount } = own) {
      const spentVersion = (await vaultStore.read(id))!.version;
      return refreshAccount.renew({ accountId: id, userId, providerId, spentVersion, reason: 'SCHEDULED' });
    },

    async openIncidents() {
      for (const { health } of made) await health.settled();
      return own.incidents.openOnes();
    },

    otherProcess: async (changed = {}) => processOn(await opened.openAnother(), { ...provider, ...changed }),

    async passTime(ms, stepMs = 10) {
      for (const end = clock.monotonic() + ms; clock.monotonic() < end;) {
        await nextTurn();
        clock.advance(stepMs);
      }
    },

    async close() {
      for (const { refreshAccount, budget } of made) {
        budget.end();
        await refreshAccount.settled();
      }
      await store.flush();
      await outbound.close();
      await opened.close();
      await server.close();
    },
  };
}

/** A token answer, with changes; undefined removes a member. */
export function granted(accessToken: string, changes: Readonly<Record<string, unknown>> = {}): RawAnswer {
  const members = { access_token: accessToken, token_type: 'Bearer', expires_in: FLEET_LIFETIME_MS / 1000, ...changes };
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(members) };
}

/** RFC 6749 §5.2. */
export function refusal(status: number, error: string, headers: Readonly<Record<string, string>> = {}): RawAnswer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ error }) };
}
