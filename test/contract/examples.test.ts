import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startOidcProvider } from '../support/oidc-provider.js';
import type { TestOidcProvider } from '../support/oidc-provider.js';
import { projectRoot } from '../support/source-tree.js';
import { startTestApp } from '../support/test-app.js';
import type { TestApp } from '../support/test-app.js';

const folder = join(projectRoot, 'schema', 'examples');
const returnTo = 'https://app.example/connected';

let oidc: TestOidcProvider;
let app: TestApp;
const ran = new Set<string>();

beforeAll(async () => {
  oidc = await startOidcProvider();
  app = await startTestApp({
    providers: (url) => {
      oidc.registerRedirectUri(`${url}/oauth/callback/test`);
      return [oidc.provider(), oidc.provider({ id: 'dead', issuer: 'http://127.0.0.1:9' })];
    },
    environment: { LATCHKEY_RETURN_TO_URLS: returnTo },
  });
});

afterAll(async () => {
  await app?.close();
  await oidc?.close();
});

test('every example works in the order in which a user meets them', async () => {
  const anna = await app.tokenFor('anna');
  const admin = await app.tokenFor('root', ['admin']);

  const { providers } = await run('providers', anna);
  expect(providers).toMatchObject([{ id: 'dead' }, { id: 'test' }]);

  const before = await run('viewer-profile', anna, { provider: 'test' });
  expect(before['viewer']).toMatchObject({ id: 'anna', profile: { code: 'NOT_CONNECTED', remedy: 'RECONNECT' } });

  const { startAuthorization } = await run('start-authorization', anna, { provider: 'test', returnTo });
  const { authorizationUrl } = startAuthorization as { authorizationUrl: string };
  const callbackUrl = await oidc.approve(authorizationUrl, { login: 'anna' });
  const { completeAuthorization } = await run('complete-authorization', anna, { answer: { callbackUrl } });
  expect(completeAuthorization).toMatchObject({ problem: null, account: { missingScopes: [] } });
  const accountId = (completeAuthorization as { account: { id: string } }).account.id;

  const { me } = await run('me', anna, { provider: 'test' });
  expect(me).toMatchObject({ account: { id: accountId, status: 'ACTIVE' } });
  const { viewer: two } = await run('two-providers', anna, { first: 'test', second: 'dead' });
  expect(two).toMatchObject({ first: { __typename: 'Profile' }, second: { code: 'NOT_CONNECTED' } });

  const { viewer: listed } = await run('connected-accounts', anna, { status: 'ACTIVE' });
  expect(listed).toMatchObject({ connectedAccounts: { totalCount: 1, nodes: [{ id: accountId }] } });

  const { refreshAccount } = await run('refresh-account', anna, { accountId });
  expect(refreshAccount).toMatchObject({ problem: null, account: { id: accountId, status: 'ACTIVE' } });

  const grounds = { accountId, userId: 'anna', reason: 'Ticket 4711' };
  const { overrideRefreshPolicy } = await run('override-refresh-policy', admin, {
    ...grounds,
    policy: { mode: 'SCHEDULED' },
  });
  expect(overrideRefreshPolicy).toMatchObject({
    account: { nextRefreshAt: expect.any(String), refreshPolicy: { mode: 'SCHEDULED', reason: 'Ticket 4711' } },
  });
  await run('override-refresh-policy', admin, { ...grounds, policy: null });

  const { recordActivity } = await run('record-activity', anna, { provider: 'test' });
  expect(recordActivity).toEqual({ resumedAccounts: [] }); // this provider's are refreshed when they are used

  const { viewer: refreshed } = await run('refresh-history', anna, { accountId });
  expect(refreshed).toMatchObject({
    connectedAccount: { refreshHistory: { nodes: [{ reason: 'ASKED', outcome: 'GRANTED' }] } },
  });

  const { onBehalfOf } = await run('on-behalf-of', admin, { userId: 'anna', reason: 'Ticket 4711', provider: 'test' });
  expect(onBehalfOf).toMatchObject({ id: 'anna', profile: { __typename: 'Profile' } });
  await run('start-authorization-on-behalf', admin, {
    userId: 'anna',
    reason: 'Ticket 4711',
    provider: 'test',
    returnTo,
  });

  const { disconnectAccount } = await run('disconnect-account', anna, { accountId });
  expect(disconnectAccount).toEqual({ accountId, revocation: 'REVOKED' });

  const { viewer: audited } = await run('audit-events', anna, { first: 100 });
  const { nodes } = (audited as { auditEvents: { nodes: { action: string }[] } }).auditEvents;
  expect(new Set(nodes.map(({ action }) => action))).toEqual(
    new Set([
      'account.connected',
      'account.read',
      'account.refreshed',
      'account.disconnected',
      'policy.changed',
      'user.read',
    ]),
  );

  const { webhookDeliveries } = await run('webhook-deliveries', admin, {});
  expect(webhookDeliveries).toEqual({ nodes: [] }); // this gateway has no webhook

  const examples = readdirSync(folder).map((name) => name.replace(/\.graphql$/, ''));
  expect([...ran].toSorted()).toEqual(examples.toSorted());
});

/** Runs an example and gives its data; an error fails the test. */
async function run(
  name: string,
  token: string,
  variables: Record<string, unknown> = {},
): Promise<Record<string, unknown>> {
  ran.add(name);
  const query = readFileSync(join(folder, `${name}.graphql`), 'utf8');
  const { data, errors } = await app.query({ query, variables, token });
  expect(errors, name).toBeUndefined();
  return data;
}
