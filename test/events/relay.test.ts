import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, expect, test } from 'vitest';
import { createEventFeed, type EventFeed, type Told } from '../../src/events/event-feed.js';
import { createRelay, type Relay } from '../../src/events/relay.js';
import { collectLog } from '../support/log-lines.js';
import { createTestClock, type TestClock } from '../support/test-clock.js';

interface Instance {
  readonly feed: EventFeed;
  readonly relay: Relay;
  /** Whether what it sends is lost on the way. */
  isCutOff: boolean;
  begun(): void;
  heard(text: string): void;
}

let clock: TestClock;
let instances: Instance[];
let sent: string[];

beforeEach(() => {
  clock = createTestClock();
  instances = [];
  sent = [];
});

/** As PostgreSQL does it: each message goes to all, the sender too. */
function start(): Instance {
  const feed = createEventFeed({ clock });
  const own = { feed, isCutOff: false } as Instance;
  const notices = {
    async send(text: string) {
      if (own.isCutOff) throw new Error('the database is away');
      sent.push(text);
      for (const one of instances) one.heard(text);
    },
    listen: (hearer: { begun(): void; heard(text: string): void }) => void Object.assign(own, hearer),
  };
  Object.assign(own, { relay: createRelay({ feed, notices, clock, log: collectLog().log }) });
  own.relay.start();
  instances.push(own);
  return own;
}

const told = (n: number, userId = 'ada'): Told => ({ type: 'REFRESHED', at: n, accountId: `acc_${n}`, userId });

async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 1_000) {
    clock.advance(Math.min(1_000, ms - passed));
    for (let turn = 0; turn < 5; turn += 1) await nextTurn();
  }
}

/** What one who listens has heard so far. */
function listenTo({ feed }: Instance, userId = 'ada'): () => string[] {
  const heard: string[] = [];
  const listening = feed.listen(userId);
  void (async () => {
    for await (const item of listening) heard.push(item.type === 'RESYNC' ? 'RESYNC' : item.accountId);
  })();
  return () => heard;
}

test('what is committed on one instance is heard once on each, many in one message', async () => {
  const [one, two] = [start(), start()];
  const [atOne, atTwo] = [listenTo(one), listenTo(two)];
  one.relay.publish([told(1)]);
  one.relay.publish([told(2)]);
  await pass(100);
  expect([atOne(), atTwo()]).toEqual([
    ['RESYNC', 'acc_1', 'acc_2'],
    ['RESYNC', 'acc_1', 'acc_2'],
  ]);
  expect(sent).toHaveLength(1);
});

test('a message that comes twice is heard once', async () => {
  const [one, two] = [start(), start()];
  const atTwo = listenTo(two);
  one.relay.publish([told(1)]);
  await pass(100);
  two.heard(sent[0]!);
  await pass(100);
  expect(atTwo()).toEqual(['RESYNC', 'acc_1']);
});

test('no message is longer than PostgreSQL takes', async () => {
  const [one, two] = [start(), start()];
  const atTwo = listenTo(two, 'ж'.repeat(255));
  one.relay.publish(Array.from({ length: 90 }, (_, n) => told(n, 'ж'.repeat(255))));
  await pass(100);
  expect(Math.max(...sent.map((text) => Buffer.byteLength(text)))).toBeLessThan(8_000);
  expect(atTwo()).toHaveLength(91);
});

test('an instance whose message was lost has all the others say RESYNC', async () => {
  const [one, two] = [start(), start()];
  await pass(5_000);
  const atTwo = listenTo(two);
  one.isCutOff = true;
  one.relay.publish([told(1)]);
  await pass(100);
  one.isCutOff = false;
  await pass(6_000);
  expect(atTwo()).toEqual(['RESYNC', 'RESYNC']);
});

test('an instance that falls silent is missed; one that said goodbye is not', async () => {
  const [one, two, three] = [start(), start(), start()];
  await pass(6_000);
  const atThree = listenTo(three);
  await one.relay.stop();
  await pass(30_000);
  expect(atThree()).toEqual(['RESYNC']);
  two.isCutOff = true; // killed
  await pass(30_000);
  expect(atThree()).toEqual(['RESYNC', 'RESYNC']);
});

test('who begins to listen anew says RESYNC, since what was sent meanwhile is gone', async () => {
  const one = start();
  const atOne = listenTo(one);
  await pass(100);
  one.begun();
  await pass(100);
  expect(atOne()).toEqual(['RESYNC', 'RESYNC']);
});

test.each(['', '{', '{"o":1}', '[]', '{"o":"x","n":1,"e":[["REFRESHED",1]]}'])(
  'a message that is none of ours (%s) is a RESYNC, and nothing worse',
  async (text) => {
    const one = start();
    const atOne = listenTo(one);
    await pass(100);
    expect(() => one.heard(text)).not.toThrow();
    await pass(100);
    expect(atOne()).toEqual(['RESYNC', 'RESYNC']);
  },
);

test('a kind of event that a newer release sends is left out', async () => {
  const one = start();
  const atOne = listenTo(one);
  one.heard(
    JSON.stringify({
      o: 'new',
      n: 1,
      e: [
        ['MOVED', 1, 'acc_1', 'ada'],
        ['REFRESHED', 2, 'acc_2', 'ada'],
      ],
    }),
  );
  await pass(100);
  expect(atOne()).toEqual(['RESYNC', 'acc_2']);
});
