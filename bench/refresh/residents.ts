/** What moving one alarm, one look for due alarms and one sweep cost with few and with many accounts at rest. Called by run.ts
 *  once the gateway has ended; nothing else uses the database then. */
import { createDueAccounts } from '../../src/accounts/due-accounts.js';
import { systemClock as clock } from '../../src/clock.js';
import type { DatabaseConfig } from '../../src/config/config.js';
import type { Database } from '../../src/database/database.js';
import { openDatabase } from '../../src/database/open-database.js';
import { entities, migrations } from '../../src/entities.js';
import { createAccountAlarms } from '../../src/jobs/account-alarms.js';
import type { AlarmTable } from '../../src/jobs/alarm-table.js';
import { openJobRepository } from '../../src/jobs/open-job-repository.js';
import { createLogger } from '../../src/observe/logger.js';
import { noMetrics } from '../../src/observe/measures.js';
import { createSweep } from '../../src/refresh/sweep.js';
import { median } from '../figures.js';

export interface ResidentCosts {
  readonly accounts: number;
  /** Medians. */
  readonly moveMs: number;
  readonly lookMs: number;
  readonly sweepMs: number;
}

const inOneStatement = 4000;

export async function measureResidents(options: {
  readonly config: DatabaseConfig;
  readonly counts: readonly number[];
  readonly say: (text: string) => void;
}): Promise<ResidentCosts[]> {
  const { config, counts, say } = options;
  const log = createLogger({ level: 'error' });
  const database = await openDatabase({ config, entities, migrations, log });
  const repository = openJobRepository({ config, database, log });
  await repository.connect();
  const table = repository.alarms;
  try {
    await database.write((transaction) => transaction.query('DELETE FROM connected_account'));
    await repository.purgeAllJobs();
    const costs: ResidentCosts[] = [];
    let resident = 0;
    for (const accounts of counts) {
      for (; resident < accounts; resident += inOneStatement) {
        await addResidents({ database, table }, resident, Math.min(inOneStatement, accounts - resident));
      }
      resident = accounts;
      const cost = await measure({ database, table }, accounts);
      say(
        `${accounts} accounts at rest: move ${cost.moveMs.toFixed(2)} ms, look ${cost.lookMs.toFixed(2)} ms, sweep ${cost.sweepMs.toFixed(2)} ms`,
      );
      costs.push(cost);
    }
    return costs;
  } finally {
    await repository.close();
    await database.close();
  }

  async function measure(parts: { database: Database; table: AlarmTable }, accounts: number): Promise<ResidentCosts> {
    const dueAccounts = createDueAccounts(parts.database);
    const alarms = createAccountAlarms({ table, allot: dueAccounts.allotJob, clock, log });
    const refreshDue = { run: () => Promise.reject(new Error('Nothing is due.')) };
    const health = { isShut: () => false };
    const swept = { dueAccounts, alarms, register: table, refreshDue, health, clock, log, metrics: noMetrics };
    const sweep = createSweep(swept);
    const moveMs = await medianOf(400, async (turn) => {
      const place = (turn * 7919) % accounts;
      alarms.set({ ...dataOf(place), nextRefreshAt: dueAt(place) + turn, jobId: jobIdOf(place) });
      await alarms.settled();
    });
    const lookMs = await medianOf(50, async () => {
      const now = new Date(clock.now());
      await table.lockDue({ until: now, deadline: new Date(0), now, limit: 32, by: null });
    });
    return { accounts, moveMs, lookMs, sweepMs: await medianOf(20, () => sweep.run()) };
  }
}

async function medianOf(turns: number, work: (turn: number) => Promise<void>): Promise<number> {
  const took: number[] = [];
  for (let turn = 0; turn < turns; turn += 1) {
    const since = performance.now();
    await work(turn);
    took.push(performance.now() - since);
  }
  return median(took.slice(Math.floor(turns / 5))); // the first ones are not warm
}

const dayMs = 24 * 60 * 60 * 1000;
const startedAt = Date.now();

function dueAt(place: number): number {
  return startedAt + dayMs + place * 50;
}

function dataOf(place: number) {
  return { accountId: `acc_resident-${place}`, userId: `resident-${place}`, providerId: 'bench' };
}

/** Without order, as ids of jobs are that were made by many instances over a year. */
function jobIdOf(place: number): string {
  const mixed = Math.imul(place + 1, 0x9e3779b1) >>> 0;
  return `${mixed.toString(16).padStart(8, '0')}-0000-7000-8000-${place.toString(16).padStart(12, '0')}`;
}

async function addResidents(parts: { database: Database; table: AlarmTable }, from: number, count: number) {
  const places = Array.from({ length: count }, (_, index) => from + index);
  const values = places.map((place) => {
    const { accountId, userId } = dataOf(place);
    return `('${accountId}','${userId}','bench','ACTIVE','[]','[]',0,${dueAt(place)},'${jobIdOf(place)}')`;
  });
  const columns =
    'id, user_id, provider_id, status, requested_scopes, granted_scopes, connected_at, next_refresh_at, job_id';
  for (let first = 0; first < count; first += 500) {
    const some = values.slice(first, first + 500).join(',');
    await parts.database.write(async (transaction) => {
      await transaction.query(`INSERT INTO connected_account (${columns}) VALUES ${some}`);
    });
    await parts.table.put(
      places
        .slice(first, first + 500)
        .map((place) => ({ jobId: jobIdOf(place), at: dueAt(place), data: dataOf(place) })),
    );
  }
}
