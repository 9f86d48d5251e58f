/** `npm run bench:refresh -- --ways`: how many due jobs a second Agenda hands out by itself, with and without a limit on its
 *  locks, and how many with jobs/hand-out-alarms.ts, where each job takes 50 ms and does nothing. Called by run.ts, on
 *  PostgreSQL. The figures are those of docs/decisions/0016-due-refreshes.md. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agenda } from 'agenda';
import { systemClock as clock } from '../../src/clock.js';
import type { DatabaseConfig } from '../../src/config/config.js';
import { openDatabase } from '../../src/database/open-database.js';
import { entities, migrations } from '../../src/entities.js';
import { ALARM_JOB } from '../../src/jobs/alarm-table.js';
import { createJobs } from '../../src/jobs/create-jobs.js';
import { openJobRepository } from '../../src/jobs/open-job-repository.js';
import { createLogger } from '../../src/observe/logger.js';
import { REFRESHES_AT_ONCE } from '../../src/refresh/refresh-due.js';
import { LATENCY_MS } from './provider-process.js';

export interface WayFigures {
  readonly way: string;
  readonly firstMs: number;
  readonly allMs: number;
}

export async function measureWays(config: DatabaseConfig, count: number): Promise<WayFigures[]> {
  const log = createLogger({ level: 'error' });
  const database = await openDatabase({ config, entities, migrations, log });
  const repository = openJobRepository({ config, database, log });
  await repository.connect();
  try {
    return [
      await measure('Agenda, no limit on locks', (ring) => plainAgenda(ring, 0)),
      await measure('Agenda, 256 locks', (ring) => plainAgenda(ring, 256)),
      await measure(`locked together, ${REFRESHES_AT_ONCE}`, lockedTogether),
    ];
  } finally {
    await repository.close();
    await database.close();
  }

  async function measure(way: string, start: (ring: () => Promise<void>) => Promise<() => Promise<void>>) {
    await repository.purgeAllJobs();
    const at = Date.now();
    const data = { accountId: 'acc_1', userId: 'anna', providerId: 'bench' };
    for (let made = 0; made < count; made += 500) {
      await repository.alarms.put(Array.from({ length: 500 }, () => ({ jobId: randomUUID(), at, data })));
    }
    const rang: number[] = [];
    const began = performance.now();
    const stop = await start(async () => {
      rang.push(performance.now() - began);
      await sleep(LATENCY_MS);
    });
    while (rang.length < count && performance.now() - began < 120_000) await sleep(20);
    const figures = { way, firstMs: rang[0] ?? Number.NaN, allMs: performance.now() - began };
    console.error(
      `${way}: first after ${figures.firstMs.toFixed(0)} ms, ${rang.length} of ${count} after ${figures.allMs.toFixed(0)} ms`,
    );
    await stop();
    return figures;
  }

  async function plainAgenda(ring: () => Promise<void>, lockLimit: number): Promise<() => Promise<void>> {
    const backend = { name: 'bench', repository, ownsConnection: false, connect: stay, disconnect: stay };
    const agenda = new Agenda({ backend, processEvery: 500, maxConcurrency: REFRESHES_AT_ONCE });
    const limits = { concurrency: REFRESHES_AT_ONCE, lockLimit, lockLifetime: 600_000 };
    // oxlint-disable-next-line typescript/no-misused-promises -- Agenda awaits it; its first overload hides that.
    agenda.define(ALARM_JOB, () => ring(), limits);
    await agenda.start();
    return () => agenda.stop();
  }

  async function lockedTogether(ring: () => Promise<void>): Promise<() => Promise<void>> {
    const alarms = { limit: REFRESHES_AT_ONCE, ring: () => ring().then(() => null) };
    const jobs = await createJobs({ repository, clock, log, jobs: [], alarms });
    await jobs.start();
    return () => jobs.drain();
  }
}

/** Whoever opened the repository closes it. */
async function stay(): Promise<void> {}
