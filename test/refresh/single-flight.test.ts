import { expect, it } from 'vitest';
import { createSingleFlight } from '../../src/refresh/single-flight.js';

it('whoever comes while a run of the key is under way gets its result', async () => {
  const flights = createSingleFlight<number>();
  let runs = 0;
  const work = async (): Promise<number> => {
    await Promise.resolve();
    return (runs += 1);
  };
  expect(await Promise.all([flights.run('a', work), flights.run('a', work), flights.run('b', work)])).toEqual([
    1, 1, 2,
  ]);
});

it('a run that has ended is not remembered, whether it ended well or badly', async () => {
  const flights = createSingleFlight<string>();
  await expect(flights.run('a', () => Promise.reject(new Error('first')))).rejects.toThrow('first');
  expect(await flights.run('a', async () => 'second')).toBe('second');
  expect(await flights.run('a', async () => 'third')).toBe('third');
});

it('a failure is the failure of all who wait', async () => {
  const flights = createSingleFlight<never>();
  const results = await Promise.allSettled([flights.run('a', refuse), flights.run('a', refuse)]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});

it('work that throws before it waits leaves the key free', async () => {
  const flights = createSingleFlight<string>();
  await expect(flights.run('a', throwAtOnce)).rejects.toThrow('at once');
  expect(await flights.run('a', async () => 'free')).toBe('free');
});

it('settled waits for the runs under way and does not fail with them', async () => {
  const flights = createSingleFlight<void>();
  const ended: string[] = [];
  const fails = flights.run('a', async () => {
    await Promise.resolve();
    ended.push('a');
    throw new Error('no');
  });
  const refused = expect(fails).rejects.toThrow('no');
  await flights.settled();
  expect(ended).toEqual(['a']);
  await refused;
});

function refuse(): Promise<never> {
  return Promise.reject(new Error('no'));
}

function throwAtOnce(): Promise<string> {
  throw new Error('at once');
}
