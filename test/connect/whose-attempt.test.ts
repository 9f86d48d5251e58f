import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  openConnectWorld,
  parametersOf,
  publicUrl,
  withParameter,
  type ConnectWorld,
} from '../support/connect-world.js';

let world: ConnectWorld;
let tokenPosts = 0;
beforeAll(async () => {
  world = await openConnectWorld();
});
afterAll(() => world.close());
beforeEach(() => {
  tokenPosts = posts();
});

const posts = () => world.oidc.counts.token + world.otherOidc.counts.token;
const exchanges = () => posts() - tokenPosts;

/** What a state that was never issued here answers. */
async function answerToNonsense() {
  const callbackUrl = `${publicUrl}/oauth/callback/test?code=x&state=${'y'.repeat(43)}`;
  return (await world.connect.complete(world.anna, { callbackUrl })).problem?.message;
}

test("another user's state answers like one that was never issued, and stays usable for its own user", async () => {
  const callbackUrl = await world.signIn(await world.start());
  const stolen = await world.connect.complete(world.ben, { callbackUrl });
  expect(stolen.account).toBeNull();
  expect(stolen.problem?.message).toBe(await answerToNonsense());
  expect(exchanges()).toBe(0);
  expect((await world.connect.complete(world.anna, { callbackUrl })).account?.userId).toBe('anna-at-app');
});

test('an authorization URL that another person opened connects nothing to either', async () => {
  const sentToBen = await world.start(); // Anna starts, Ben signs in and comes back to his own browser
  const callbackUrl = await world.signIn(sentToBen, 'ben');
  const { account, problem } = await world.connect.complete(world.ben, { callbackUrl });
  expect(account).toBeNull();
  expect(problem?.code).toBe('STATE_INVALID');
  expect(await world.accounts.count({ userId: 'ben-at-app', filter: {} })).toBe(0);
  expect(exchanges()).toBe(0);
});

test("a code of another session is not exchanged with this one's state", async () => {
  const mine = await world.signIn(await world.start());
  const bens = await world.signIn(await world.start({}, world.ben), 'ben');
  const injected = withParameter(mine, 'code', new URL(bens).searchParams.get('code'));
  // The state is Anna's own, so the code goes out, with her verifier; the provider refuses it (RFC 7636).
  const { account, problem } = await world.connect.complete(world.anna, { callbackUrl: injected });
  expect(account).toBeNull();
  expect(problem?.code).toBe('STATE_INVALID');
});

test('the outcome of a finished attempt is told to nobody else', async () => {
  const callbackUrl = await world.signIn(await world.start());
  await world.connect.complete(world.anna, { callbackUrl });
  const stolen = await world.connect.complete(world.ben, { callbackUrl });
  expect(stolen.account).toBeNull();
  expect(stolen.problem?.message).toBe(await answerToNonsense());
});

test("a state of one provider is refused at another's callback, without a token request to either", async () => {
  const callback = new URL(await world.signIn(await world.start()));
  callback.pathname = '/oauth/callback/other';
  const mixedUp = await world.connect.complete(world.anna, { callbackUrl: callback.href });
  expect(mixedUp.problem?.message).toBe(await answerToNonsense());
  const parts = { providerId: 'other', error: null, errorDescription: null, code: null, iss: null, state: '' };
  const inParts = await world.connect.complete(world.anna, {
    parts: { ...parts, ...Object.fromEntries(parametersOf(callback.href)) },
  });
  expect(inParts.problem?.message).toBe(await answerToNonsense());
  expect(exchanges()).toBe(0);
});

test('the admin who began an attempt finishes it, and the trace names both and the reason', async () => {
  const admin = world.admin('root-at-app', 'carla-at-app');
  const accountId = await world.connectAccount(admin, 'carla');
  expect(await world.accounts.find({ userId: 'carla-at-app', accountId })).not.toBeNull();
  expect(await world.accounts.find({ userId: 'root-at-app', accountId })).toBeNull();
  const page = await world.audit.page({ subjectId: 'carla-at-app', first: 10, after: null });
  const both = { action: 'account.connected', actorId: 'root-at-app', reason: 'ticket 42', requestId: 'request-1' };
  expect(page.edges.map(({ node }) => node)).toMatchObject([
    { ...both, outcome: 'DONE', accountId },
    { ...both, outcome: 'STARTED', accountId: null },
  ]);
});

test('the subject finishes what an admin began, and it stays the act of that admin', async () => {
  const started = await world.start({}, world.admin('root-at-app', 'dora-at-app'));
  const callbackUrl = await world.signIn(started, 'dora');
  const { account } = await world.connect.complete(world.actor('dora-at-app'), { callbackUrl });
  expect(account?.userId).toBe('dora-at-app');
  const page = await world.audit.page({ subjectId: 'dora-at-app', first: 10, after: null });
  expect(page.edges.map(({ node }) => node.actorId)).toEqual(['root-at-app', 'root-at-app']);
});

test.each([
  ['another admin', () => world.admin('other-root', 'anna-at-app')],
  ['the admin without acting on behalf', () => world.actor('root-at-app')],
])('%s cannot finish what an admin began', async (_, other) => {
  const started = await world.start({}, world.admin('root-at-app', 'anna-at-app'));
  const callbackUrl = await world.signIn(started);
  const { problem } = await world.connect.complete(other(), { callbackUrl });
  expect(problem?.message).toBe(await answerToNonsense());
  expect(exchanges()).toBe(0);
});

test('an admin cannot finish what a user began', async () => {
  const callbackUrl = await world.signIn(await world.start());
  const { problem } = await world.connect.complete(world.admin('root-at-app', 'anna-at-app'), { callbackUrl });
  expect(problem?.code).toBe('STATE_INVALID');
  expect(exchanges()).toBe(0);
});

test('without a row that says it was begun, no code is exchanged', async () => {
  const own = await openConnectWorld();
  const callbackUrl = await own.signIn(await own.start({}, own.admin('root-at-app', 'anna-at-app')));
  await own.database.write((transaction) => transaction.query('DROP TABLE audit_event'));
  await expect(own.connect.complete(own.admin('root-at-app', 'anna-at-app'), { callbackUrl })).rejects.toThrow();
  expect(own.oidc.counts.token).toBe(0);
  await own.close();
});
