import { expect, test } from 'vitest';
import { retryWaitMs, type Tried } from '../../src/proxy/retry-wait.js';

const wait = (changes: Partial<Tried>): number | null =>
  retryWaitMs({ method: 'GET', status: 503, retryAfterSeconds: null, retries: 0, ...changes });

test('what may be done twice is tried again, and nothing else', () => {
  for (const method of ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']) expect(wait({ method })).toBe(250);
  for (const method of ['POST', 'PATCH', 'LOCK']) expect(wait({ method })).toBeNull();
});

test('an answer that will stay as it is stands', () => {
  for (const status of [200, 301, 304, 400, 401, 403, 404, 409, 501, 505]) expect(wait({ status })).toBeNull();
});

test('Retry-After is kept where a caller would wait so long, twice at most', () => {
  expect(wait({ status: 429, retryAfterSeconds: 5 })).toBe(5000);
  expect(wait({ status: 429, retryAfterSeconds: 0, retries: 1 })).toBe(0);
  expect(wait({ status: 429, retryAfterSeconds: 6 })).toBeNull();
  expect(wait({ status: 429, retryAfterSeconds: 1, retries: 2 })).toBeNull();
});

test('without it there is one more try', () => {
  expect(wait({ retries: 1 })).toBeNull();
});
