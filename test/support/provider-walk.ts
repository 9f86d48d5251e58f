/** Walks one user's account at one provider through the real gateway, from outside: connect, me, refresh, disconnect. */
import { completeAuthorization, startAuthorization, type Completed } from './connected-user.js';
import type { SeenRequest } from './request-tap.js';
import { startTestApp, type TestApp } from './test-app.js';
import { createTestClock, type TestClock } from './test-clock.js';
import type { Provider } from '../../src/providers/provider.js';

export interface ProviderWalk {
  readonly app: TestApp;
  readonly clock: TestClock;
  /** Starts an attempt, lets `approve` be the browser, and hands in where it came back to. */
  connect(person: ApprovingPerson): Promise<Completed>;
  me(user: string): Promise<Answered>;
  account(user: string, accountId: string): Promise<Readonly<Record<string, unknown>>>;
  refresh(user: string, accountId: string): Promise<Answered>;
  /** What became of the revocation. */
  disconnect(user: string, accountId: string): Promise<string>;
  close(): Promise<void>;
}

export interface ApprovingPerson {
  readonly user: string;
  readonly approve: (authorizationUrl: string) => Promise<string>;
  readonly scopes?: readonly string[];
  /** To be connected again. */
  readonly accountId?: string;
  readonly parameters?: Readonly<Record<string, string>>;
}

/** What the caller gets: the data, or the code of the error. */
export interface Answered {
  readonly data: Readonly<Record<string, unknown>> | null;
  readonly code: unknown;
}

export async function startProviderWalk(
  providers: readonly Provider[],
  clock = createTestClock(),
): Promise<ProviderWalk> {
  const app = await startTestApp({ clock, providers: () => providers });
  const provider = providers[0]?.id ?? '';

  async function ask(user: string, query: string, variables: Readonly<Record<string, unknown>>): Promise<Answered> {
    const { data, errors } = await app.query({ query, variables, token: await app.tokenFor(user) });
    if (errors?.[0]?.extensions['code'] === 'GRAPHQL_VALIDATION_FAILED') throw new Error(errors[0].message);
    const found = data ? Object.values(data)[0] : null;
    return { data: (found ?? null) as Answered['data'], code: errors?.[0]?.extensions['code'] ?? null };
  }

  return {
    app,
    clock,
    async connect({ user, approve, scopes, accountId, parameters = {} }) {
      const token = await app.tokenFor(user);
      const started = await startAuthorization(
        { app, token, provider },
        {
          ...(scopes ? { scopes } : {}),
          ...(accountId ? { accountId } : {}),
          parameters: Object.entries(parameters).map(([name, value]) => ({ name, value })),
        },
      );
      return completeAuthorization({ app, token }, { callbackUrl: await approve(started.authorizationUrl) });
    },
    me: (user) =>
      ask(user, 'query ($provider: ID!) { me(provider: $provider) { externalId name email avatarUrl raw } }', {
        provider,
      }),
    async account(user, id) {
      const query = `query ($id: ID!) { viewer { connectedAccount(id: $id) {
        status externalId displayName grantedScopes missingScopes expiresAt refreshTokenExpiresAt lastError: lastRefreshError { code } } } }`;
      const { data } = await ask(user, query, { id });
      return (data?.['connectedAccount'] ?? {}) as Readonly<Record<string, unknown>>;
    },
    refresh: (user, accountId) =>
      ask(
        user,
        'mutation ($input: RefreshAccountInput!) { refreshAccount(input: $input) { account { status } problem { code } } }',
        { input: { accountId } },
      ),
    async disconnect(user, accountId) {
      const query = 'mutation ($input: DisconnectAccountInput!) { disconnectAccount(input: $input) { revocation } }';
      const { data } = await ask(user, query, { input: { accountId } });
      return String(data?.['revocation']);
    },
    close: () => app.close(),
  };
}

/** The requests to one path, each as its form. */
export function formsTo(requests: readonly SeenRequest[], path: string): Record<string, string>[] {
  return requests.filter((seen) => seen.endpoint === path).map((seen) => Object.fromEntries(seen.form()));
}

/** Everything that could stand in somebody's access log. */
export function addressesOf(requests: readonly SeenRequest[]): string {
  return requests.map((seen) => `${seen.url} ${seen.headers.referer ?? ''}`).join('\n');
}
