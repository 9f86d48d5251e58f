/** Two client secrets while one is exchanged for the other, at a server that knows one of them. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createClientSecrets } from '../../src/oauth/client-secrets.js';
import { createDiscovery } from '../../src/oauth/discovery.js';
import { createRefreshGrant } from '../../src/oauth/refresh-grant.js';
import { createRevocation } from '../../src/oauth/revocation.js';
import { createOutbound } from '../../src/outbound/create-outbound.js';
import type { Outbound } from '../../src/outbound/outbound.js';
import type { Provider } from '../../src/providers/provider.js';
import { Secret } from '../../src/secret.js';
import { startHostileServer, type HostileServer, type RawAnswer } from '../support/hostile-server.js';
import { collectLog } from '../support/log-lines.js';
import { testProvider } from '../support/oidc-provider.js';
import { createTestClock } from '../support/test-clock.js';

let server: HostileServer;
let outbound: Outbound;
let provider: Provider;
let log: ReturnType<typeof collectLog>;
let parts: { refresh: () => Promise<unknown>; revoke: () => Promise<unknown> };

beforeEach(async () => {
  server = await startHostileServer();
  const clock = createTestClock();
  outbound = createOutbound({ clock });
  log = collectLog();
  const clientSecrets = createClientSecrets({ log: log.log });
  const discovery = createDiscovery({ outbound, clock });
  const secrets = { secret: Secret.of('planted-first'), nextSecret: Secret.of('planted-second') };
  provider = testProvider(server.origin, {
    client: { authentication: 'client_secret_post', id: 'client', ...secrets },
  });
  const grant = createRefreshGrant({ outbound, discovery, clock, clientSecrets });
  const revocation = createRevocation({ outbound, discovery, clock, clientSecrets });
  const token = Secret.of('rt');
  parts = {
    refresh: () => grant.refresh({ provider, refreshToken: token, scopes: null }),
    revoke: () => revocation.revoke({ provider, token, hint: 'refresh_token' }),
  };
});
afterEach(async () => {
  await outbound.close();
  await server.close();
});

const json = (status: number, body: unknown): RawAnswer => ({ status, body: JSON.stringify(body) });
const secretsSent = () =>
  server.requests.flatMap((one) => (one.method === 'POST' ? [one.form().get('client_secret')] : []));
const takeOnly = (secret: string, path = '/token') =>
  server.answerEach(path, (request) =>
    request.form().get('client_secret') === secret
      ? json(200, { access_token: 'at', token_type: 'Bearer' })
      : json(401, { error: 'invalid_client' }),
  );

it('the other secret is tried once where the provider refuses the client, and is used from then on', async () => {
  takeOnly('planted-second');
  expect(await parts.refresh()).toMatchObject({ kind: 'granted' });
  expect(await parts.refresh()).toMatchObject({ kind: 'granted' });
  expect(secretsSent()).toEqual(['planted-first', 'planted-second', 'planted-second']);
});

it('the log names the setting that works and the one that can go, and no secret', async () => {
  takeOnly('planted-second');
  await parts.refresh();
  expect(log.lines).toMatchObject([
    {
      event: 'provider.client_secret_chosen',
      setting: 'LATCHKEY_PROVIDER_TEST_CLIENT_SECRET_NEXT',
      refused: 'LATCHKEY_PROVIDER_TEST_CLIENT_SECRET',
    },
  ]);
  expect(JSON.stringify(log.lines)).not.toContain('planted');
});

it('what was chosen for one kind of request is used for the others', async () => {
  takeOnly('planted-second', '/revoke');
  takeOnly('planted-second');
  expect(await parts.revoke()).toBe('REVOKED');
  await parts.refresh();
  expect(secretsSent()).toEqual(['planted-first', 'planted-second', 'planted-second']);
});

it('the first secret is found again when the second is refused', async () => {
  takeOnly('planted-second');
  await parts.refresh();
  takeOnly('planted-first');
  expect(await parts.refresh()).toMatchObject({ kind: 'granted' });
});

it('where both are refused each was sent once, and the client is at fault', async () => {
  takeOnly('neither');
  expect(await parts.refresh()).toMatchObject({ kind: 'failed', code: 'INVALID_CLIENT' });
  expect(secretsSent()).toEqual(['planted-first', 'planted-second']);
});

it.each([
  ['a grant that is refused', json(400, { error: 'invalid_grant' })],
  ['an outage', json(503, {})],
  ['a cut connection', { status: 200, manner: 'reset' } as const],
])('%s is no reason to send the token again', async (_what, answer) => {
  server.answer('/token', answer);
  expect(await parts.refresh()).toMatchObject({ kind: 'failed' });
  expect(secretsSent()).toEqual(['planted-first']);
});
