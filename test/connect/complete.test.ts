import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Fault } from '../../src/errors.js';
import { appPage, openConnectWorld, parametersOf, withParameter, type ConnectWorld } from '../support/connect-world.js';

let world: ConnectWorld;
let tokenPosts = 0;
beforeAll(async () => {
  world = await openConnectWorld({ settings: { repeatSeconds: 300 } });
});
afterAll(() => world.close());
beforeEach(() => {
  tokenPosts = world.oidc.counts.token;
});

const exchanges = () => world.oidc.counts.token - tokenPosts;
const codeOf = (outcome: { problem: Fault | null }) => outcome.problem?.code ?? null;

test('a callback URL connects the account of the person who signed in', async () => {
  const callbackUrl = await world.signIn(await world.start());
  const { account, problem } = await world.connect.complete(world.anna, { callbackUrl });
  expect(problem).toBeNull();
  expect(account).toMatchObject({
    userId: 'anna-at-app',
    providerId: 'test',
    externalId: 'anna',
    displayName: 'Anna Example',
    status: 'ACTIVE',
    grantedScopes: ['openid', 'profile', 'email', 'offline_access'],
  });
  expect(await world.count('pending_authorization')).toBe(0);
});

test('the parts of a callback connect as well as the whole of it', async () => {
  const callback = new URL(await world.signIn(await world.start())).searchParams;
  const { account } = await world.connect.complete(world.anna, {
    parts: {
      providerId: ' test ',
      state: ` ${callback.get('state')} `,
      code: `\n${callback.get('code')}`,
      iss: callback.get('iss'),
      error: null,
      errorDescription: null,
    },
  });
  expect(account?.externalId).toBe('anna');
});

test('white space around a callback URL and a fragment behind it do not matter', async () => {
  const callbackUrl = await world.signIn(await world.start());
  const { account } = await world.connect.complete(world.anna, { callbackUrl: `\n  ${callbackUrl}#_=_ \t` });
  expect(account?.externalId).toBe('anna');
});

test("an attempt that returns to the app's own page is finished from there", async () => {
  const started = await world.start({ redirectUri: appPage });
  expect(started.browserCookie).toBeNull();
  const callbackUrl = await world.signIn(started);
  expect(callbackUrl.startsWith(`${appPage}?`)).toBe(true);
  const { account } = await world.connect.complete(world.anna, { callbackUrl });
  expect(account?.externalId).toBe('anna');
});

test('the same answer again, also in parts, gives the same account and exchanges nothing', async () => {
  const callbackUrl = await world.signIn(await world.start());
  const first = await world.connect.complete(world.anna, { callbackUrl });
  const again = await world.connect.complete(world.anna, { callbackUrl });
  const callback = Object.fromEntries(parametersOf(callbackUrl));
  const parts = { providerId: 'test', error: null, errorDescription: null, code: null, iss: null, state: '' };
  const inParts = await world.connect.complete(world.anna, { parts: { ...parts, ...callback } });
  expect(again.account?.id).toBe(first.account?.id);
  expect(inParts.account?.id).toBe(first.account?.id);
  expect(exchanges()).toBe(1);
});

test('twenty equal answers at the same instant are one exchange and one outcome', async () => {
  const callbackUrl = await world.signIn(await world.start());
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, () => world.connect.complete(world.anna, { callbackUrl })),
  );
  expect(new Set(outcomes.map(({ account }) => account?.id)).size).toBe(1);
  expect(outcomes.map(codeOf)).toEqual(Array(20).fill(null));
  expect(exchanges()).toBe(1);
});

test('equal answers at two processes at once are one exchange and one outcome', async () => {
  const other = await world.otherProcess();
  const callbackUrl = await world.signIn(await world.start());
  const hold = world.oidc.hold('token');
  const both = [
    world.connect.complete(world.anna, { callbackUrl }),
    other.connect.complete(world.anna, { callbackUrl }),
  ];
  await hold.arrived;
  hold.release();
  await Promise.race(both); // whoever exchanges needs no clock
  const outcomes = await world.passTimeUntil(Promise.all(both));
  expect(outcomes[0]?.account?.id).toBeDefined();
  expect(outcomes[1]?.account?.id).toBe(outcomes[0]?.account?.id);
  expect(exchanges()).toBe(1);
  await other.close();
});

test('another code for a state that is consumed is refused, and is not sent', async () => {
  const callbackUrl = await world.signIn(await world.start());
  await world.connect.complete(world.anna, { callbackUrl });
  const injected = withParameter(callbackUrl, 'code', 'a-code-of-somebody-else');
  expect(codeOf(await world.connect.complete(world.anna, { callbackUrl: injected }))).toBe('STATE_INVALID');
  expect(exchanges()).toBe(1);
});

test('the time for repeating an answer ends', async () => {
  const callbackUrl = await world.signIn(await world.start());
  await world.connect.complete(world.anna, { callbackUrl });
  world.clock.advance(300_000);
  expect(codeOf(await world.connect.complete(world.anna, { callbackUrl }))).toBe('STATE_INVALID');
  expect(exchanges()).toBe(1);
});

test('a repeated answer does not bring back what was disconnected since', async () => {
  const callbackUrl = await world.signIn(await world.start());
  const { account } = await world.connect.complete(world.anna, { callbackUrl });
  await world.connect.disconnect(world.anna, account?.id ?? '');
  const again = await world.connect.complete(world.anna, { callbackUrl });
  expect(again).toMatchObject({ account: null, problem: { code: 'STATE_INVALID' } });
  expect(again.problem?.message).toContain('has been disconnected since');
});

test('a forged state is refused without a token request', async () => {
  const callbackUrl = withParameter(await world.signIn(await world.start()), 'state', 'x'.repeat(43));
  const { account, problem } = await world.connect.complete(world.anna, { callbackUrl });
  expect(account).toBeNull();
  expect(problem?.message).toBe(
    'This link was already used, has expired or was never issued here. Start the connection again from your app.',
  );
  expect(exchanges()).toBe(0);
});

test('an attempt that is over says so, sends nothing and leaves nothing', async () => {
  const callbackUrl = await world.signIn(await world.start());
  const before = await world.count('pending_authorization');
  world.clock.advance(600_000);
  const { problem } = await world.connect.complete(world.anna, { callbackUrl });
  expect(problem?.message).toContain('The time for finishing this connection is over.');
  expect(exchanges()).toBe(0);
  expect(await world.count('pending_authorization')).toBe(before - 1);
});

test('an answer without a state is told apart from one with a wrong state', async () => {
  const callbackUrl = withParameter(await world.signIn(await world.start()), 'state', null);
  const { problem } = await world.connect.complete(world.anna, { callbackUrl });
  expect(problem?.message).toContain('it has no "state"');
  expect(exchanges()).toBe(0);
});

test.each(['state', 'code', 'iss'])('an answer with two values of %s is refused', async (name) => {
  const callbackUrl = `${await world.signIn(await world.start())}&${name}=second`;
  const { problem } = await world.connect.complete(world.anna, { callbackUrl });
  expect(problem?.message).toContain(`the parameter "${name}" twice`);
  expect(exchanges()).toBe(0);
});

test.each(['', 'code=1&state=2', '/oauth/callback/test?code=1&state=2', 'x'.repeat(20_000)])(
  'what is no address is bad input, not a problem of the connection (%#)',
  async (callbackUrl) => {
    const attempt = world.connect.complete(world.anna, { callbackUrl });
    await expect(attempt).rejects.toMatchObject({ code: 'BAD_USER_INPUT', facts: { field: 'callbackUrl' } });
  },
);

test.each([
  ['another path', '/oauth/callback/test/'],
  ['the page of the app', '/app/callback'],
])('a callback at %s than the attempt named is refused and consumes nothing', async (_, path) => {
  const callbackUrl = await world.signIn(await world.start());
  const moved = new URL(callbackUrl);
  moved.pathname = path;
  expect(codeOf(await world.connect.complete(world.anna, { callbackUrl: moved.href }))).toBe('STATE_INVALID');
  expect(exchanges()).toBe(0);
  expect((await world.connect.complete(world.anna, { callbackUrl })).account?.externalId).toBe('anna');
});

test.each(['https', 'host', 'user'])('a callback that differs in its %s is refused', async (what) => {
  const moved = new URL(await world.signIn(await world.start()));
  if (what === 'https') moved.protocol = 'https';
  if (what === 'host') moved.host = 'evil.example';
  if (what === 'user') moved.username = 'someone';
  expect(codeOf(await world.connect.complete(world.anna, { callbackUrl: moved.href }))).toBe('STATE_INVALID');
  expect(exchanges()).toBe(0);
});

test('nothing random that travels through the browser, and no token, stands readable in the database', async () => {
  const started = await world.start();
  const callbackUrl = await world.signIn(started);
  const whilePending = await world.storedText();
  const { account } = await world.connect.complete(world.anna, { callbackUrl });
  const exchange = world.oidc.requests.findLast(({ endpoint }) => endpoint === 'token')?.form();
  const bearer = world.oidc.requests.findLast(({ endpoint }) => endpoint === 'userinfo')?.headers.authorization;
  const secrets = [
    started.state,
    new URL(started.authorizationUrl).searchParams.get('nonce'),
    new URL(started.oneTimeUrl).searchParams.get('link'),
    started.browserCookie?.value,
    exchange?.get('code'),
    exchange?.get('code_verifier'),
    bearer?.slice('Bearer '.length),
  ];
  const afterwards = await world.storedText();
  for (const secret of secrets) {
    expect(secret).toMatch(/^.{20,}$/);
    expect(whilePending + afterwards).not.toContain(secret);
  }
  expect(afterwards).toContain(account?.id); // what is not secret is found there
});
