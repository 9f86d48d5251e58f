import { expect, test } from 'vitest';
import { openConnectWorld, parametersOf, returnTo } from '../support/connect-world.js';

const day = 24 * 3_600_000;

test('purging deletes what is over, counts it, and leaves the rest', async () => {
  const world = await openConnectWorld();
  const accountId = await world.connectAccount(); // leaves an outcome that may be repeated for five minutes
  await world.connect.disconnect(world.anna, accountId); // leaves a disconnection for thirty days
  const parked = await world.signIn(await world.start({ returnTo }));
  const post = { providerId: 'test', parameters: parametersOf(parked), cookies: {}, requestId: 'r' };
  await world.connect.browser.finish(post); // a code that waits for two minutes
  await world.start(); // an attempt of ten minutes
  expect(await world.connect.purgeExpired()).toEqual({ pending: 0, completed: 0, disconnections: 0 });
  world.clock.advance(120_000);
  expect(await world.connect.purgeExpired()).toEqual({ pending: 1, completed: 0, disconnections: 0 });
  world.clock.advance(180_000);
  expect(await world.connect.purgeExpired()).toEqual({ pending: 0, completed: 1, disconnections: 0 });
  world.clock.advance(300_000);
  expect(await world.connect.purgeExpired()).toEqual({ pending: 1, completed: 0, disconnections: 0 });
  world.clock.advance(30 * day);
  expect(await world.connect.purgeExpired()).toEqual({ pending: 0, completed: 0, disconnections: 1 });
  await expect(world.connect.disconnect(world.anna, accountId)).rejects.toMatchObject({ code: 'ACCOUNT_NOT_FOUND' });
  await world.close();
});
