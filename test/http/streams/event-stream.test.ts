import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openEventStream } from '../../../src/http/streams/event-stream.js';
import { createTestClock } from '../../support/test-clock.js';

function open() {
  const clock = createTestClock();
  let cuts = 0;
  const stream = openEventStream({ clock, heartbeatMs: 12_000, onCut: () => (cuts += 1) });
  stream.body.setEncoding('utf8');
  return { clock, stream, cuts: () => cuts };
}

test('a frame is sent as server-sent events are written, after a first comment', async () => {
  const { stream } = open();
  await stream.send('next', { data: { a: 'x\ny' } });
  await stream.send('complete', null);
  expect(stream.body.read()).toBe(':\n\nevent: next\ndata: {"data":{"a":"x\\ny"}}\n\nevent: complete\ndata:\n\n');
});

test('who sends to a slow reader waits, and holds no more than a buffer', async () => {
  const { stream } = open();
  let sent = 0;
  void (async () => {
    for (; await stream.send('next', { text: 'x'.repeat(1_000) }); sent += 1) await nextTurn();
  })();
  for (let turn = 0; turn < 50; turn += 1) await nextTurn();
  expect(sent).toBeLessThan(20);
  const before = sent;
  stream.body.resume();
  for (let turn = 0; turn < 50; turn += 1) await nextTurn();
  expect(sent).toBeGreaterThan(before);
  stream.end();
});

test('a reader that takes nothing is cut, and whoever waits for it goes on', async () => {
  const { stream, clock, cuts } = open();
  stream.open();
  const sending = stream.send('next', { text: 'x'.repeat(20_000) });
  for (let beat = 0; beat < 3; beat += 1) clock.advance(12_000);
  expect(await sending).toBe(false);
  await stream.closed;
  expect(cuts()).toBe(1);
});

test('a reader that keeps up hears from an idle stream, and is not cut', async () => {
  const { stream, clock, cuts } = open();
  let text = '';
  stream.body.on('data', (chunk: string) => (text += chunk));
  await nextTurn();
  stream.open();
  for (let beat = 0; beat < 10; beat += 1) {
    clock.advance(12_000);
    await nextTurn();
  }
  expect(text).toBe(':\n\n'.repeat(11));
  expect(cuts()).toBe(0);
  stream.end();
  await once(stream.body, 'end');
});

test('nothing is sent to one that went away', async () => {
  const { stream } = open();
  stream.body.destroy();
  await stream.closed;
  expect(await stream.send('next', {})).toBe(false);
});
