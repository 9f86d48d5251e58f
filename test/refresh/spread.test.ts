import { expect, it } from 'vitest';
import { spreadOf } from '../../src/refresh/spread.js';

it('the places of accounts and versions in the jitter are even and do not change', () => {
  const places = Array.from({ length: 10_000 }, (_, at) => spreadOf(`acc_0192${at}`, 1));
  for (let tenth = 0; tenth < 10; tenth += 1) {
    const share = places.filter((place) => Math.floor(place * 10) === tenth).length;
    expect(share).toBeGreaterThan(850);
    expect(share).toBeLessThan(1_150);
  }
  expect(spreadOf('acc_1', 1)).toBe(spreadOf('acc_1', 1));
  expect(spreadOf('acc_1', 1)).not.toBe(spreadOf('acc_1', 2));
});
