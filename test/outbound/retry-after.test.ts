import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { readRetryAfterSeconds } from '../../src/outbound/retry-after.js';

const now = Date.UTC(2026, 0, 1, 12, 0, 0);
const read = (value: string | string[]): number | null =>
  readRetryAfterSeconds({ headers: { 'retry-after': value } }, now);

test('Retry-After is read as seconds and as a date', () => {
  expect(read('120')).toBe(120);
  expect(read('0')).toBe(0);
  expect(read('Thu, 01 Jan 2026 12:00:30 GMT')).toBe(30);
});

test('a date is counted from the provider’s own clock, where it tells that', () => {
  const headers = { date: 'Thu, 01 Jan 2026 11:40:00 GMT', 'retry-after': 'Thu, 01 Jan 2026 11:42:00 GMT' };
  const answer = { status: 429, headers, body: new Uint8Array() };
  expect(readRetryAfterSeconds(answer, now)).toBe(120);
  expect(readRetryAfterSeconds({ ...answer, headers: { ...headers, date: 'today' } }, now)).toBe(0);
});

test('a date that is over means now', () => {
  expect(read('Wed, 31 Dec 2025 12:00:30 GMT')).toBe(0);
});

test('nobody is made to wait longer than a day', () => {
  expect(read('999999999')).toBe(86_400);
  expect(read('Fri, 01 Jan 2027 12:00:00 GMT')).toBe(86_400);
});

test('a Retry-After that makes no sense is as good as none', () => {
  for (const value of ['', 'soon', '-5', '1.5', '1e3', '0x10', 'Thu, 99 Foo 2026 12:00:30 GMT', '2026-01-01']) {
    expect(read(value), value).toBeNull();
  }
  expect(read(['1', '2'])).toBeNull();
});

test('whatever the header says, the answer is null or whole seconds of a day at most', () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      const seconds = read(value);
      expect(seconds === null || (Number.isInteger(seconds) && seconds >= 0 && seconds <= 86_400)).toBe(true);
    }),
  );
});
