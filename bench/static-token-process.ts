/** Subject (a): the same fastify and Apollo, with one fixed token in place of the vault. Built from the gateway's own parts:
 *  createServer with its checks, headers, limits and log, the schema, the verification of the caller's JWT, the outbound
 *  door, discovery and the mapping of the profile. Leaves out: the database and its statement, finding the user's account,
 *  the age of its token, the sealed tokens and their opening, the refresh, the note of the use, Agenda. So the difference
 *  is what the vault costs. Started by run.ts. */
import 'reflect-metadata';
import type { ConnectedAccount } from '../src/accounts/connected-account.js';
import { createAuthenticator } from '../src/callers/authenticate.js';
import { systemClock as clock } from '../src/clock.js';
import type { UseCases } from '../src/graphql/use-cases.js';
import { createServer } from '../src/http/server.js';
import { createDiscovery } from '../src/oauth/discovery.js';
import { createLogger } from '../src/observe/logger.js';
import { createOutbound } from '../src/outbound/create-outbound.js';
import { createProfiles } from '../src/profile/fetch-profile.js';
import { createRefreshSchedule } from '../src/refresh/schedule.js';
import { Secret } from '../src/secret.js';
import { newKeyringText } from '../src/vault/keyring.js';
import { answerQuestions } from './answer-questions.js';
import { catalogueOf, configOf } from './gateway-config.js';
import { personOf, providerId } from './people.js';

/** Service tokens: whoever asks here has a JWT. */
const none = { findShown: async () => null, recordUse: (): void => undefined };

answerQuestions(async (plan) => {
  const config = configOf(plan, newKeyringText({ development: true, clock }));
  const log = createLogger({ level: config.logLevel });
  const catalogue = catalogueOf(plan.upstreamUrl);
  const outbound = createOutbound({ clock });
  const profiles = createProfiles({ outbound, discovery: createDiscovery({ outbound, clock }), clock });
  const authenticator = createAuthenticator({ config: config.callers, outbound, clock, log, serviceTokens: none });
  const accessToken = Secret.of(personOf(0).accessToken);

  const useCases: Pick<UseCases, 'catalogue' | 'me' | 'schedule'> = {
    catalogue,
    schedule: createRefreshSchedule({ catalogue, clock }), // an account's answer shows its policy
    me: {
      async read(_actor, target) {
        const provider = catalogue.get(target.providerId);
        return { account, profile: await profiles.fetch({ provider, accessToken, subject: account.externalId }) };
      },
    },
  };
  const server = await createServer({
    config,
    clock,
    log,
    authenticate: (header) => authenticator.authenticate(header),
    useCases: useCases as UseCases, // the load asks for nothing else
    routes: [],
    readiness: {},
  });
  const { port } = await server.listen();
  return {
    url: `http://127.0.0.1:${port}/graphql`,
    close: () => server.close().then(() => outbound.close()),
  };
});

const account: ConnectedAccount = {
  id: 'acc_01930000-0000-7000-8000-000000000000',
  userId: personOf(0).userId,
  providerId,
  externalId: personOf(0).externalId,
  displayName: 'Person Number 0',
  status: 'ACTIVE',
  requestedScopes: ['openid', 'profile', 'email'],
  grantedScopes: ['openid', 'profile', 'email'],
  connectedAt: 1_764_000_000_000,
  expiresAt: null,
  refreshTokenExpiresAt: null,
  nextRefreshAt: null,
  lastRefreshedAt: null,
  lastUsedAt: null,
  lastError: null,
  consecutiveFailures: 0,
  tokensIssuedAt: null,
  learnedLifetimeMs: null,
  lastActiveAt: null,
  retryAt: null,
  backoffMs: null,
  renewedFor401At: null,
  policyOverride: null,
  jobId: null,
  providerValues: {},
};
