import type { Pool } from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { measureDatabase, type MeasuredDatabase } from '../../src/database/measured-database.js';
import { createGate } from '../support/gate.js';
import { openTestDatabase, type TestDatabase } from '../support/test-database.js';

let db: TestDatabase;
let waits: number[];
let database: MeasuredDatabase;
beforeEach(async () => {
  db = await openTestDatabase();
  waits = [];
  const metrics = { writeBegan: ({ waitedMs }: { readonly waitedMs: number }) => void waits.push(waitedMs) };
  database = measureDatabase(db.database, { metrics, clock: db.clock });
});
afterEach(() => db.close());

test('writes that wait for the one before are counted until they begin, and how long they waited is told', async () => {
  const gate = createGate();
  const begun = createGate();
  const first = database.write(async () => {
    begun.open();
    await gate.opened;
    return 'first';
  });
  await begun.opened;
  const others = [database.write(async () => 'second'), database.write(async () => 'third')];
  expect(database.load().writesWaiting).toBe(2);
  db.clock.advance(250);
  gate.open();
  expect(await Promise.all([first, ...others])).toEqual(['first', 'second', 'third']);
  expect([waits, database.load().writesWaiting]).toEqual([[0, 250, 250], 0]);
});

test('a write that fails, or cannot begin, waits no longer', async () => {
  await expect(database.write(() => Promise.reject(new Error('planted')))).rejects.toThrow('planted');
  const nested = database.write(() => database.write(async () => undefined));
  await expect(nested).rejects.toThrow('inside another write');
  expect([waits.length, database.load().writesWaiting]).toEqual([3, 0]);
});

test('work that is done again after a deadlock has begun once', async () => {
  const again = measureDatabase(
    {
      ...db.database,
      write: async (work) => {
        await db.database.write(work);
        return db.database.write(work);
      },
    },
    { metrics: { writeBegan: ({ waitedMs }) => void waits.push(waitedMs) }, clock: db.clock },
  );
  await again.write(async () => undefined);
  expect(waits).toEqual([0]);
});

test('connections are those of the pool, where there is one', () => {
  expect(database.load().connections).toBe(db.database.pool ? expect.anything() : null);
  const pool = { totalCount: 7, idleCount: 3, waitingCount: 2 } as Pool;
  const pooled = measureDatabase(
    { ...db.database, pool },
    { metrics: { writeBegan: () => undefined }, clock: db.clock },
  );
  expect(pooled.load().connections).toEqual({ busy: 4, idle: 3, awaited: 2 });
});
