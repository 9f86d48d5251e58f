import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Secret } from '../../src/secret.js';
import type { BrowserOutcome } from '../../src/connect/finish-in-browser.js';
import type { StartedAuthorization } from '../../src/connect/start.js';
import {
  appPage,
  openConnectWorld,
  parametersOf,
  returnTo,
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
  tokenPosts = world.oidc.counts.token + world.otherOidc.counts.token;
});

const exchanges = () => world.oidc.counts.token + world.otherOidc.counts.token - tokenPosts;

/** The cookie jar of the browser that started. */
function jarOf({ browserCookie }: StartedAuthorization): Record<string, string> {
  return browserCookie ? { [browserCookie.name]: browserCookie.value } : {};
}

/** A success with its way back, whose cookie is spent. */
function success(started: StartedAuthorization, way: string | null = returnTo) {
  return { kind: 'settled', problem: null, returnTo: way, spentCookie: started.browserCookie?.name };
}

function finish(callbackUrl: string, cookies: Record<string, string> = {}, providerId = 'test') {
  const parameters = parametersOf(callbackUrl);
  return world.connect.browser.finish({ providerId, parameters, cookies, requestId: 'request-2' });
}

function handleOf(outcome: BrowserOutcome): string {
  if (outcome.kind !== 'parked') throw new Error(`not parked but ${outcome.kind}`);
  return outcome.handle;
}

async function accountsOf(userId: string): Promise<number> {
  return world.accounts.count({ userId, filter: {} });
}

test('the browser that started finishes by itself', async () => {
  const ella = world.actor('ella');
  const started = await world.start({ returnTo }, ella);
  const outcome = await finish(await world.signIn(started), jarOf(started));
  expect(outcome).toEqual(success(started));
  expect(await accountsOf('ella')).toBe(1);
  const page = await world.audit.page({ subjectId: 'ella', first: 10, after: null });
  expect(page.edges.map(({ node }) => [node.outcome, node.actorId, node.requestId])).toEqual([
    ['DONE', 'ella', 'request-2'],
    ['STARTED', 'ella', 'request-2'],
  ]);
});

test('twenty posts of one callback at once are one exchange, and each is told the same', async () => {
  const started = await world.start({ returnTo });
  const callbackUrl = await world.signIn(started);
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => finish(callbackUrl, jarOf(started))));
  expect(outcomes).toEqual(Array.from({ length: 20 }, () => success(started)));
  expect(exchanges()).toBe(1);
});

test('a reload after the end is told the same and exchanges nothing; another browser is not told', async () => {
  const started = await world.start();
  const callbackUrl = await world.signIn(started);
  const outcome = await finish(callbackUrl, jarOf(started));
  expect(await finish(callbackUrl, jarOf(started))).toEqual(outcome);
  expect(await finish(callbackUrl)).toMatchObject({ kind: 'unknown', problem: { code: 'STATE_INVALID' } });
  expect(exchanges()).toBe(1);
});

test('a reload while another process finishes is told so, and after its end the same as it', async () => {
  const other = await world.otherProcess();
  const started = await world.start({ returnTo });
  const parameters = parametersOf(await world.signIn(started));
  const post = { providerId: 'test', parameters, cookies: jarOf(started), requestId: 'request-5' };
  const hold = world.oidc.hold('token');
  const slow = other.connect.browser.finish(post);
  await hold.arrived;
  const reload = await world.passTimeUntil(world.connect.browser.finish(post));
  expect(reload).toMatchObject({ kind: 'unfinished', problem: { facts: { retryAfterSeconds: 5 } } });
  hold.release();
  const ended = await slow;
  expect(await world.connect.browser.finish(post)).toEqual(ended);
  await other.close();
});

test('a reload of what a dead process began is told that it was interrupted, with the way back', async () => {
  const other = await world.otherProcess();
  const started = await world.start({ returnTo });
  const parameters = parametersOf(await world.signIn(started));
  const post = { providerId: 'test', parameters, cookies: jarOf(started), requestId: 'request-6' };
  const hold = world.oidc.hold('token');
  const dead = other.connect.browser.finish(post);
  await hold.arrived;
  await world.connect.recoverInterrupted();
  expect(await world.connect.browser.finish(post)).toMatchObject({ kind: 'interrupted', returnTo });
  hold.release();
  await dead;
  await other.close();
});

test("a code in another browser is not exchanged: it waits for its user's JWT", async () => {
  const fay = world.actor('fay');
  const started = await world.start({ returnTo }, fay);
  const outcome = await finish(await world.signIn(started));
  expect(outcome).toMatchObject({ kind: 'parked', returnTo });
  expect(exchanges()).toBe(0);
  const { account } = await world.connect.complete(fay, { handle: ` ${handleOf(outcome)}\n` });
  expect(account?.userId).toBe('fay');
  expect(exchanges()).toBe(1);
});

test("whoever is led to another person's attempt gets a handle that is good for nothing", async () => {
  const mallory = world.actor('mallory');
  const started = await world.start({ returnTo }, mallory); // Mallory sends the link, Gus signs in with his account
  const handle = handleOf(await finish(await world.signIn(started, 'gus')));
  const { account, problem } = await world.connect.complete(world.actor('gus'), { handle });
  expect(account).toBeNull();
  expect(problem?.message).toBe(
    'This link was already used, has expired or was never issued here. Start the connection again from your app.',
  );
  expect(exchanges()).toBe(0);
  expect(await accountsOf('gus')).toBe(0);
});

test('a handle used twice is one exchange and one outcome', async () => {
  const handle = handleOf(await finish(await world.signIn(await world.start({ returnTo }))));
  const [one, other] = await Promise.all([
    world.connect.complete(world.anna, { handle }),
    world.connect.complete(world.anna, { handle }),
  ]);
  const again = await world.connect.complete(world.anna, { handle });
  expect(one.account?.id).toBeDefined();
  expect([other.account?.id, again.account?.id]).toEqual([one.account?.id, one.account?.id]);
  expect(exchanges()).toBe(1);
});

test.each([
  [
    'another value',
    (jar: Record<string, string>) => Object.fromEntries(Object.keys(jar).map((key) => [key, 'x'.repeat(43)])),
  ],
  ['the value under another name', (jar: Record<string, string>) => ({ latchkey_other: Object.values(jar)[0] ?? '' })],
  ['an empty value', (jar: Record<string, string>) => Object.fromEntries(Object.keys(jar).map((key) => [key, '']))],
])('a cookie with %s does not finish', async (_, forge) => {
  const started = await world.start({ returnTo });
  const outcome = await finish(await world.signIn(started), forge(jarOf(started)));
  expect(outcome.kind).toBe('parked');
  expect(exchanges()).toBe(0);
});

test("the cookie of one's own attempt does not finish another's", async () => {
  const mine = await world.start({ returnTo }, world.ben);
  const annas = await world.signIn(await world.start({ returnTo }));
  expect((await finish(annas, jarOf(mine))).kind).toBe('parked');
  expect(exchanges()).toBe(0);
});

test('another browser without a way back is told so, and the attempt and its code are gone', async () => {
  const before = await world.count('pending_authorization');
  const started = await world.start();
  const callbackUrl = await world.signIn(started);
  expect(await finish(callbackUrl)).toEqual({ kind: 'other-browser' });
  expect(await world.count('pending_authorization')).toBe(before);
  expect((await finish(callbackUrl, jarOf(started))).kind).toBe('unknown');
  expect((await world.connect.complete(world.anna, { callbackUrl })).problem?.code).toBe('STATE_INVALID');
  expect(exchanges()).toBe(0);
});

test('whoever came by a link that leads back nowhere is told that, and the attempt is gone', async () => {
  const started = await world.start();
  const link = new URL(started.oneTimeUrl).searchParams.get('link') ?? '';
  const { authorizationUrl } = await world.connect.link.open({ providerId: 'test', link: Secret.of(link) });
  const callbackUrl = await world.signIn({ authorizationUrl });
  expect(await finish(callbackUrl)).toEqual({ kind: 'link-without-return' });
  expect((await finish(callbackUrl)).kind).toBe('unknown');
  expect(exchanges()).toBe(0);
});

test('an attempt on behalf never finishes by cookie; its admin fetches it with the handle', async () => {
  const admin = world.admin('root-at-app', 'hal');
  const started = await world.start({ returnTo }, admin);
  const outcome = await finish(await world.signIn(started, 'hal'), jarOf(started));
  expect(outcome.kind).toBe('parked');
  const other = await world.connect.complete(world.admin('other-root', 'hal'), { handle: handleOf(outcome) });
  expect(other.problem?.code).toBe('STATE_INVALID');
  const { account } = await world.connect.complete(admin, { handle: handleOf(outcome) });
  expect(account?.userId).toBe('hal');
});

test('a no from the provider is an answer in every browser, and consumes the attempt', async () => {
  const before = await world.count('pending_authorization');
  const started = await world.start({ returnTo });
  const callbackUrl = await world.refuse(started);
  const outcome = await finish(callbackUrl);
  expect(outcome).toMatchObject({ kind: 'settled', problem: { code: 'AUTHORIZATION_DENIED' }, returnTo });
  expect(await world.count('pending_authorization')).toBe(before);
  expect(await finish(callbackUrl, jarOf(started))).toMatchObject({ problem: { code: 'AUTHORIZATION_DENIED' } });
});

test('an answer in the name of another issuer consumes the attempt and is not parked', async () => {
  const callbackUrl = await world.signIn(await world.start({ returnTo }));
  const forged = await finish(withParameter(callbackUrl, 'iss', 'https://evil.example'));
  expect(forged).toMatchObject({ kind: 'settled', problem: { code: 'STATE_INVALID' }, returnTo });
  expect((await finish(callbackUrl)).kind).toBe('unknown');
});

test('a parked code is not replaced by another one; the same one again gets the same handle', async () => {
  const callbackUrl = await world.signIn(await world.start({ returnTo }));
  const handle = handleOf(await finish(callbackUrl));
  expect((await finish(withParameter(callbackUrl, 'code', 'injected'))).kind).toBe('unknown');
  expect(handleOf(await finish(callbackUrl))).toBe(handle);
  expect((await world.connect.complete(world.anna, { handle })).account?.externalId).toBe('anna');
});

test('one answer parked by two processes at once has one handle, which is good', async () => {
  const other = await world.otherProcess();
  const parameters = parametersOf(await world.signIn(await world.start({ returnTo })));
  const post = { providerId: 'test', parameters, cookies: {}, requestId: 'request-7' };
  const outcomes = await Promise.all([world, other, world, other].map(({ connect }) => connect.browser.finish(post)));
  const handles = new Set(outcomes.map(handleOf));
  expect(handles.size).toBe(1);
  const [handle = ''] = handles;
  expect((await other.connect.complete(world.anna, { handle })).account?.externalId).toBe('anna');
  await other.close();
});

test('a handle is not to be made from what the browser or a row shows', async () => {
  const callbackUrl = await world.signIn(await world.start({ returnTo }));
  const handle = handleOf(await finish(callbackUrl));
  expect(handle).toMatch(/^[\w-]{43}$/);
  expect(callbackUrl).not.toContain(handle);
  expect(await world.storedText()).not.toContain(handle);
});

test('a parked code that nobody fetches in time is refused and deleted', async () => {
  const own = await openConnectWorld({ settings: { parkedCodeSeconds: 120 } });
  const callbackUrl = await own.signIn(await own.start({ returnTo }));
  const post = { providerId: 'test', parameters: parametersOf(callbackUrl), cookies: {}, requestId: 'r' };
  const handle = handleOf(await own.connect.browser.finish(post));
  own.clock.advance(120_000);
  const { problem } = await own.connect.complete(own.anna, { handle });
  expect(problem?.message).toContain('The time for finishing this connection is over.');
  expect(await own.count('pending_authorization')).toBe(0);
  expect(own.oidc.counts.token).toBe(0);
  await own.close();
});

test('a state of another provider is not found here, nor one that returns to the page of the app', async () => {
  const started = await world.start({ returnTo });
  const callbackUrl = await world.signIn(started);
  expect((await finish(callbackUrl, jarOf(started), 'other')).kind).toBe('unknown');
  const appUrl = await world.signIn(await world.start({ redirectUri: appPage, returnTo }));
  expect((await finish(appUrl)).kind).toBe('unknown');
  expect(exchanges()).toBe(0);
  expect((await finish(callbackUrl, jarOf(started))).kind).toBe('settled');
});

test.each([
  ['no state', (url: string) => withParameter(url, 'state', null)],
  ['a forged state', (url: string) => withParameter(url, 'state', 'x'.repeat(43))],
  ['two codes', (url: string) => `${url}&code=another`],
])('a callback with %s is unknown and costs no token request', async (_, change) => {
  const started = await world.start({ returnTo });
  const callbackUrl = change(await world.signIn(started));
  expect(await finish(callbackUrl, jarOf(started))).toMatchObject({
    kind: 'unknown',
    problem: { code: 'STATE_INVALID' },
  });
  expect(exchanges()).toBe(0);
});

test('looking whether an answer is expected consumes nothing, however often', async () => {
  const started = await world.start();
  const callbackUrl = await world.signIn(started);
  const look = () =>
    world.connect.browser.assertExpected({ providerId: 'test', parameters: parametersOf(callbackUrl) });
  await look();
  await look();
  expect(await finish(callbackUrl, jarOf(started))).toMatchObject({ kind: 'settled', problem: null });
});

test('an address that is no longer listed gets neither handle nor outcome', async () => {
  const restarted = await world.otherProcess({ returnTo: [] });
  const [parked, settled] = [await world.start({ returnTo }), await world.start({ returnTo })];
  const post = async (started: StartedAuthorization, cookies: Record<string, string>) => {
    const parameters = parametersOf(await world.signIn(started));
    return restarted.connect.browser.finish({ providerId: 'test', parameters, cookies, requestId: 'request-4' });
  };
  expect(await post(parked, {})).toEqual({ kind: 'other-browser' });
  expect(await post(settled, jarOf(settled))).toEqual(success(settled, null));
  await restarted.close();
});

test('an attempt that is over is not finished', async () => {
  const started = await world.start({ returnTo });
  const callbackUrl = await world.signIn(started);
  world.clock.advance(600_000);
  expect((await finish(callbackUrl, jarOf(started))).kind).toBe('unknown');
  expect(exchanges()).toBe(0);
});
