/** The webhook of a whole gateway: told promptly, without a token, and looked after by admins alone. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { connectUser } from '../support/connected-user.js';
import { startOidcProvider, type TestOidcProvider } from '../support/oidc-provider.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { startWebhookReceiver, verified, webhookSecrets, type WebhookReceiver } from '../support/webhook-receiver.js';

let oidc: TestOidcProvider;
let receiver: WebhookReceiver;
let app: TestApp;
const metricsToken = 'planted-metrics-token-0123456789';

beforeAll(async () => {
  oidc = await startOidcProvider();
  receiver = await startWebhookReceiver();
  app = await startTestApp({
    providers: (url) => {
      oidc.registerRedirectUri(`${url}/oauth/callback/test`);
      return [oidc.provider()];
    },
    environment: {
      LATCHKEY_WEBHOOK_URL: receiver.url,
      LATCHKEY_WEBHOOK_SECRET: webhookSecrets[0],
      LATCHKEY_WEBHOOK_SECRET_PREVIOUS: webhookSecrets[1],
      LATCHKEY_METRICS_TOKEN: metricsToken,
    },
  });
});
afterAll(async () => {
  await app.close();
  await receiver.close();
  await oidc.close();
});

async function connect(userId: string): Promise<{ token: string; accountId: string }> {
  const token = await app.tokenFor(userId);
  return { token, accountId: await connectUser({ app, oidc, token, login: userId }) };
}

const typesOf = (accountId: string): unknown[] =>
  receiver.posts
    .map((post) => verified(post) as { type: string; data: { accountId: string } })
    .filter(({ data }) => data.accountId === accountId)
    .map(({ type }) => type);

const deliveries = `query ($state: WebhookDeliveryState, $first: Int = 20) {
  webhookDeliveries(first: $first, state: $state) { nodes { id type state tries accountId userId providerId lastFailure } }
}`;
const replay = `mutation ($input: ReplayWebhooksInput!) { replayWebhooks(input: $input) { count } }`;

test('the life of an account is told in its order, under either key, and no refresh unless it is asked for', async () => {
  const { token, accountId } = await connect('anna');
  const ask = (query: string) => app.query({ token, query });
  const refresh = `mutation { refreshAccount(input: { accountId: "${accountId}" }) { problem { code } } }`;
  await ask(refresh);
  oidc.revokeGrant('anna');
  await ask(refresh);
  await connect('anna');
  await ask(`mutation { disconnectAccount(input: { accountId: "${accountId}" }) { accountId } }`);
  await vi.waitFor(() =>
    expect(typesOf(accountId)).toEqual([
      'account.connected',
      'account.needs_reauthorization',
      'account.recovered',
      'account.disconnected',
    ]),
  );
  for (const post of receiver.posts) expect(() => verified(post, { secret: webhookSecrets[1] })).not.toThrow();
});

test('no credential that crossed the wire to the provider stands in a post', async () => {
  const { accountId } = await connect('carla');
  await vi.waitFor(() => expect(typesOf(accountId)).toEqual(['account.connected']));
  const credentials = oidc.requests.flatMap((request) => {
    const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    const sent = ['code', 'code_verifier', 'refresh_token', 'token'].map((name) =>
      request.method === 'POST' ? request.form().get(name) : null,
    );
    return [bearer, ...sent].filter((value) => typeof value === 'string' && value !== '');
  });
  expect(credentials.length).toBeGreaterThan(2);
  const posted = JSON.stringify(receiver.posts);
  for (const credential of [...credentials, webhookSecrets[0].slice(6)]) expect(posted).not.toContain(credential);
});

test('an admin finds what the receiver refused and sends it again; its id stays, and the act is in the audit', async () => {
  receiver.answerWith({ status: 410 });
  const { accountId } = await connect('dora');
  const token = await app.tokenFor('root', ['admin']);
  const dead = () => app.query({ token, query: deliveries, variables: { state: 'DEAD' } });
  await vi.waitFor(async () =>
    expect((await dead()).data).toMatchObject({
      webhookDeliveries: {
        nodes: [{ type: 'CONNECTED', tries: 1, accountId, userId: 'dora', lastFailure: 'HTTP 410' }],
      },
    }),
  );
  receiver.answerWith({ status: 200 });
  const replayed = await app.query({ token, query: replay, variables: { input: { onlyDead: true } } });
  expect(replayed.data).toEqual({ replayWebhooks: { count: 1 } });
  await vi.waitFor(() => expect(typesOf(accountId)).toEqual(['account.connected', 'account.connected']));
  const ids = receiver.posts.filter(({ body }) => body.includes(accountId)).map(({ id }) => id);
  expect(new Set(ids).size).toBe(1);
  const audit = await app.query({ token, query: '{ viewer { auditEvents { nodes { action outcome } } } }' });
  expect(audit.data).toMatchObject({
    viewer: { auditEvents: { nodes: expect.arrayContaining([{ action: 'webhooks.replayed', outcome: 'DONE' }]) } },
  });
});

test('nobody but an admin reads or replays deliveries, and an admin says which', async () => {
  const token = await app.tokenFor('anna');
  for (const [query, variables] of [
    [deliveries, {}],
    [replay, { input: { onlyDead: true } }],
  ] as const) {
    const { errors } = await app.query({ token, query, variables });
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  }
  const admin = await app.tokenFor('root', ['admin']);
  for (const input of [
    {},
    { onlyDead: false },
    { ids: [] },
    { ids: Array.from({ length: 101 }, (_, n) => `ace_${n}`) },
    { ids: ['ace_\u0000'] },
    { since: 'yesterday' },
    { since: '2026-02-30' },
  ]) {
    const { errors, data } = await app.query({ token: admin, query: replay, variables: { input } });
    expect(data?.['replayWebhooks'] ?? null, JSON.stringify(input)).toBeNull();
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  }
  const past = await app.query({
    token: admin,
    query: replay,
    variables: { input: { ids: ["ace_x' OR 1=1"], since: '2026-01-01T00:00:00+01:00' } },
  });
  expect(past.data).toEqual({ replayWebhooks: { count: 0 } });
});

test('the metrics tell what was posted and what waits', async () => {
  const answer = await fetch(`${app.url}/metrics`, { headers: { authorization: `Bearer ${metricsToken}` } });
  const page = await answer.text();
  expect(page).toMatch(/latchkey_webhook_posts_total\{outcome="DELIVERED"\} [1-9]/);
  expect(page).toMatch(/latchkey_webhook_posts_total\{outcome="DEAD"\} 1/);
  expect(page).toMatch(/latchkey_webhook_waiting \d/);
});
