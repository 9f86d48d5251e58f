/** Everything a refresh touches, for real: a SQLite database, a keyring, an oidc-provider with rotation (a replayed
 *  refresh token ends the grant there), and people who consent. Tests own the clock and watch wire and statements. */
import type { ConnectedAccount } from '../../src/accounts/connected-account.js';
import { createAccountStore, type AccountStore } from '../../src/accounts/account-store.js';
import type { Database } from '../../src/database/database.js';
import { newId } from '../../src/database/new-id.js';
import { fail } from '../../src/errors.js';
import { createAuthorizationRequests } from '../../src/oauth/authorization-request.js';
import { createCodeGrant } from '../../src/oauth/code-grant.js';
import { createDiscovery, type Discovery } from '../../src/oauth/discovery.js';
import { createRefreshGrant } from '../../src/oauth/refresh-grant.js';
import { createRevocation } from '../../src/oauth/revocation.js';
import type { TokenAnswer } from '../../src/oauth/token-answer.js';
import { createOutbound } from '../../src/outbound/create-outbound.js';
import type { Outbound } from '../../src/outbound/outbound.js';
import type { Catalogue, Provider } from '../../src/providers/provider.js';
import { createFreshTokens, type FreshTokens } from '../../src/refresh/fresh-token.js';
import { createRefreshAccount, type RefreshAccount } from '../../src/refresh/refresh-account.js';
import { Secret } from '../../src/secret.js';
import { createRefreshIntentStore } from '../../src/vault/refresh-intent-store.js';
import { createTokenStore, type TokenStore } from '../../src/vault/token-store.js';
import { collectLog, type LogLines } from '../support/log-lines.js';
import { startOidcProvider, type OidcProviderOptions, type TestOidcProvider } from '../support/oidc-provider.js';
import type { TestClock } from '../support/test-clock.js';
import { openTestDatabase } from '../support/test-database.js';
import { createTestVault } from '../support/test-keyring.js';

export interface RefreshStage {
  readonly oidc: TestOidcProvider;
  readonly provider: Provider;
  readonly clock: TestClock;
  readonly log: LogLines;
  readonly database: Database;
  readonly catalogue: Catalogue;
  readonly outbound: Outbound;
  readonly discovery: Discovery;
  readonly accounts: AccountStore;
  readonly tokens: TokenStore;
  readonly refreshAccount: RefreshAccount;
  readonly freshTokens: FreshTokens;
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
  close(): Promise<void>;
}

/** How long the provider says that an access token lives. */
export const LIFETIME_MS = 600_000;

export async function openRefreshStage(options: OidcProviderOptions = {}): Promise<RefreshStage> {
  const oidc = await startOidcProvider({ accessTokenSeconds: LIFETIME_MS / 1000, ...options });
  const opened = await openTestDatabase();
  const { clock } = opened;
  let writes = 0;
  const database: Database = {
    ...opened.database,
    write: (work) => {
      writes += 1;
      return opened.database.write(work);
    },
  };
  const log = collectLog();
  const provider = oidc.provider();
  const catalogue: Catalogue = {
    list: () => [provider],
    get: (id) => (id === provider.id ? provider : fail('UNKNOWN_PROVIDER', { provider: id })),
  };
  const outbound = createOutbound({ clock });
  const discovery = createDiscovery({ outbound, clock });
  const accounts = createAccountStore({ database, clock, log: log.log });
  const tokens = createTokenStore({ database, ...createTestVault(), clock });
  const refreshAccount = createRefreshAccount({
    database,
    accounts,
    tokens,
    intents: createRefreshIntentStore({ clock }),
    catalogue,
    refreshGrant: createRefreshGrant({ outbound, discovery, clock }),
    revocation: createRevocation({ outbound, discovery, clock }),
    clock,
    log: log.log,
  });
  const freshTokens = createFreshTokens({ accounts, tokens, catalogue, refreshAccount, clock });
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
    clock,
    log,
    database,
    catalogue,
    outbound,
    discovery,
    accounts,
    tokens,
    refreshAccount,
    freshTokens,
    look,
    posts: () => {
      const since = oidc.counts.token - postsBefore;
      postsBefore = oidc.counts.token;
      return since;
    },
    writes: () => writes,
    version: async ({ id }) => (await tokens.read(id))?.version,

    async connect({ login = 'anna', userId = 'anna' } = {}) {
      const answer = await consent(login);
      const id = newId('acc', clock);
      const pair = await tokens.seal({ accountId: id, userId }, answer);
      const account = { id, userId, providerId: provider.id, displayName: login, ...grantOf(answer, provider) };
      await database.write(async (transaction) => {
        await accounts.create(transaction, account);
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
        const facts = { accountId: account.id, displayName: account.displayName, ...grantOf(answer, provider) };
        await accounts.reconnect(transaction, facts);
        await tokens.replace(transaction, pair, version);
      });
      postsBefore = oidc.counts.token;
    },

    async disconnect({ userId, id }) {
      await database.write(async (transaction) => {
        await tokens.remove(transaction, id);
        await accounts.remove(transaction, { userId, accountId: id });
      });
    },

    async close() {
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
