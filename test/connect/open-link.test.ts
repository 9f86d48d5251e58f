import { afterAll, beforeAll, expect, test } from 'vitest';
import { Secret } from '../../src/secret.js';
import { openConnectWorld, parametersOf, returnTo, type ConnectWorld } from '../support/connect-world.js';

let world: ConnectWorld;
beforeAll(async () => {
  world = await openConnectWorld();
});
afterAll(() => world.close());

function linkOf({ oneTimeUrl }: { oneTimeUrl: string }, providerId = 'test') {
  return { providerId, link: Secret.of(new URL(oneTimeUrl).searchParams.get('link') ?? '') };
}

test('a link leads to the same authorization, once', async () => {
  const started = await world.start();
  const opened = await world.connect.link.open(linkOf(started));
  expect(opened.authorizationUrl).toBe(started.authorizationUrl);
  await expect(world.connect.link.open(linkOf(started))).rejects.toMatchObject({ code: 'STATE_INVALID' });
});

test('of twenty who open a link at once one gets through', async () => {
  const started = await world.start();
  const opened = await Promise.allSettled(Array.from({ length: 20 }, () => world.connect.link.open(linkOf(started))));
  expect(opened.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('looking at a link does not open it', async () => {
  const started = await world.start();
  await world.connect.link.assertUnopened(linkOf(started));
  await world.connect.link.assertUnopened(linkOf(started));
  await world.connect.link.open(linkOf(started));
  await expect(world.connect.link.assertUnopened(linkOf(started))).rejects.toMatchObject({ code: 'STATE_INVALID' });
});

test.each([
  ['of another provider', async () => linkOf(await world.start(), 'other')],
  ['that was never issued', async () => ({ providerId: 'test', link: Secret.of('x'.repeat(43)) })],
  [
    'that is the state of an attempt',
    async () => ({ providerId: 'test', link: Secret.of((await world.start()).state) }),
  ],
  [
    'whose attempt is over',
    async () => {
      const started = await world.start();
      world.clock.advance(600_000);
      return linkOf(started);
    },
  ],
])('a link %s does not open', async (_, link) => {
  await expect(world.connect.link.open(await link())).rejects.toMatchObject({ code: 'STATE_INVALID' });
});

test('a link opened in another browser connects under the JWT of its creator alone', async () => {
  const started = await world.start({ returnTo });
  const { authorizationUrl } = await world.connect.link.open(linkOf(started));
  const callbackUrl = await world.signIn({ authorizationUrl }, 'ben');
  const outcome = await world.connect.browser.finish({
    providerId: 'test',
    parameters: parametersOf(callbackUrl),
    cookies: {},
    requestId: 'request-3',
  });
  if (outcome.kind !== 'parked') throw new Error(outcome.kind);
  const bens = await world.connect.complete(world.ben, { handle: outcome.handle });
  expect(bens.problem?.code).toBe('STATE_INVALID');
  expect(world.oidc.counts.token).toBe(0);
  const annas = await world.connect.complete(world.anna, { handle: outcome.handle });
  expect(annas.account?.userId).toBe('anna-at-app');
});
