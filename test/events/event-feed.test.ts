import { expect, test } from 'vitest';
import { createEventFeed, type Told } from '../../src/events/event-feed.js';
import { createTestClock } from '../support/test-clock.js';

const clock = createTestClock();
const told = (userId: string, accountId = 'acc_1'): Told => ({ type: 'REFRESHED', at: 1, accountId, userId });

test('who listens hears RESYNC first, then what is theirs alone', async () => {
  const feed = createEventFeed({ clock });
  const ada = feed.listen('ada');
  feed.publish([told('bob'), told('ada', 'acc_2')]);
  expect((await ada.next()).value).toEqual({ type: 'RESYNC', at: clock.now() });
  expect((await ada.next()).value).toEqual(told('ada', 'acc_2'));
});

test('who reads too slowly gets one RESYNC in place of what was too much', async () => {
  const feed = createEventFeed({ clock });
  const ada = feed.listen('ada');
  feed.publish(Array.from({ length: 1_000 }, (_, n) => told('ada', `acc_${n}`)));
  const heard: unknown[] = [];
  feed.publish([told('ada', 'acc_last')]);
  for (let item = await ada.next(); ; item = await ada.next()) {
    heard.push(item.value);
    if (item.value && 'accountId' in item.value && item.value.accountId === 'acc_last') break;
  }
  expect(heard[0]).toMatchObject({ type: 'RESYNC' });
  expect(heard.length).toBeLessThanOrEqual(101);
});

test('a RESYNC stands in place of what waited, for all or for those it concerns', async () => {
  const feed = createEventFeed({ clock });
  const [ada, bob] = [feed.listen('ada'), feed.listen('bob')];
  feed.publish([told('ada'), told('bob')]);
  feed.resync(['ada']);
  feed.publish([told('ada', 'acc_after')]);
  expect([(await ada.next()).value, (await ada.next()).value]).toMatchObject([
    { type: 'RESYNC' },
    { accountId: 'acc_after' },
  ]);
  expect([(await bob.next()).value, (await bob.next()).value]).toMatchObject([
    { type: 'RESYNC' },
    { type: 'REFRESHED' },
  ]);
});

test('who is told to stop while waiting stops at once, and is forgotten', async () => {
  const feed = createEventFeed({ clock });
  const ada = feed.listen('ada');
  await ada.next();
  const waiting = ada.next();
  await ada.return();
  expect(await waiting).toEqual({ done: true, value: undefined });
  expect(feed.count()).toBe(0);
});
