import { expect, it } from 'vitest';
import { createTogether } from '../../src/database/together.js';

function collect(run: (items: readonly number[]) => Promise<readonly string[]> = async (items) => items.map(String)) {
  const lots: (readonly number[])[] = [];
  const together = createTogether({
    most: 3,
    run(items: readonly number[]) {
      lots.push(items);
      return run(items);
    },
  });
  return { lots, together };
}

it('what comes in one moment is done in one go, and each gets its own result', async () => {
  const { lots, together } = collect();
  expect(await Promise.all([1, 2, 3].map(together.add))).toEqual(['1', '2', '3']);
  expect(lots).toEqual([[1, 2, 3]]);
});

it('never more than the most go at once, and the rest follow in the order in which they came', async () => {
  const { lots, together } = collect();
  await Promise.all([1, 2, 3, 4, 5, 6, 7].map(together.add));
  expect(lots).toEqual([[1, 2, 3], [4, 5, 6], [7]]);
});

it('what comes while one goes waits for its end, and goes in the next', async () => {
  const ends: (() => void)[] = [];
  const { lots, together } = collect(async (items) => {
    await new Promise<void>((resolve) => ends.push(resolve));
    return items.map(String);
  });
  const first = together.add(1);
  await turnsUntil(() => ends.length === 1);
  const behind = Promise.all([together.add(2), together.add(3)]);
  ends[0]?.();
  await first;
  await turnsUntil(() => ends.length === 2);
  ends[1]?.();
  expect(await behind).toEqual(['2', '3']);
  expect(lots).toEqual([[1], [2, 3]]);
});

it('a failure is that of all that went together, and of nobody after them', async () => {
  const { together } = collect(async (items) => {
    if (items.includes(1)) throw new Error('of the first lot');
    return items.map(String);
  });
  const outcomes = await Promise.allSettled([1, 2, 3, 4].map(together.add));
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected', 'fulfilled']);
  expect(await together.add(5)).toBe('5');
});

it('a run that answers for too few is a failure of all', async () => {
  const { together } = collect(async () => ['only one']);
  await expect(Promise.all([1, 2].map(together.add))).rejects.toThrow('1 results of 2');
});

it('whoever waited goes on in a turn of their own, so that others come in between', async () => {
  const { together } = collect();
  const order: string[] = [];
  const waiting = [1, 2, 3].map((item) => together.add(item).then((result) => order.push(result)));
  waiting[0] = waiting[0]!.then((length) => {
    setImmediate(() => order.push('a request'));
    return length;
  });
  await Promise.all(waiting);
  expect(order.slice(0, 3)).toEqual(['1', '2', 'a request']);
});

async function turnsUntil(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}
