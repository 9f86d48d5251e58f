/** What ends a stream, and what keeps one from being opened, over the wire and by the clock of the gateway. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { follow, type EventReader } from '../support/event-reader.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { createTestClock, type TestClock } from '../support/test-clock.js';

let clock: TestClock;
let app: TestApp;
const open: EventReader[] = [];

beforeEach(async () => {
  clock = createTestClock(systemClock.now());
  app = await startTestApp({ clock, providers: () => [], environment: { LATCHKEY_LIMIT_STREAMS: '2' } });
});
afterEach(async () => {
  for (const reader of open.splice(0)) reader.close();
  await app.close();
});

async function subscribe(userId: string): Promise<EventReader> {
  const reader = await follow(`${app.url}/graphql`, await app.tokenFor(userId));
  open.push(reader);
  return reader;
}

test('a stream ends when the JWT does that opened it, with the reason; a new JWT opens the next', async () => {
  const reader = await subscribe('anna');
  expect(await reader.nextChange()).toMatchObject({ type: 'RESYNC' });
  for (let passed = 0; passed < 3_610; passed += 10) {
    clock.advance(10_000);
    await nextTurn();
  }
  expect(await reader.next()).toMatchObject({
    event: 'next',
    data: { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] },
  });
  expect(await reader.next()).toMatchObject({ event: 'complete' });
  expect(await reader.next()).toBeNull();
  expect(await (await subscribe('anna')).nextChange()).toMatchObject({ type: 'RESYNC' });
});

test('so many streams are open in all and no more, whoever asks; one that is closed makes room', async () => {
  const first = await subscribe('anna');
  await first.nextChange();
  await (await subscribe('ben')).nextChange();
  expect((await subscribe('carla')).status).toBe(429);
  first.close();
  await vi.waitFor(async () => expect((await subscribe('carla')).status).toBe(200));
});
