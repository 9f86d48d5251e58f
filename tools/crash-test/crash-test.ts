/** Kills workers in the middle of refreshes, at every named step and at random, starts others in their place, and compares
 *  every account with the provider's own ledger at the end. Called by run.ts and by test/process/crash.test.ts. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../src/clock.js';
import { newKeyringText } from '../../src/vault/keyring.js';
import { judgeAccounts, seedAccounts, type Judgement } from './accounts.js';
import { startLedgerServer, type LedgerServer, type ServerStep } from './ledger-server.js';
import type { LedgerMode } from './ledger.js';
import { workerSteps, type FromWorker, type WorkerPlan, type WorkerStep } from './messages.js';
import { createRandom, type Random } from './random.js';
import { startWorker, type Worker } from './worker.js';

export const ledgerModes = ['stable', 'grace', 'untilFirstUse', 'revokes'] as const satisfies readonly LedgerMode[];
export type CrashStep = WorkerStep | ServerStep | 'random';
export const crashSteps: readonly CrashStep[] = [...workerSteps, 'request-sent', 'provider-committed', 'random'];

export interface CrashTestOptions {
  readonly mode: LedgerMode;
  /** URL of an empty PostgreSQL database; null for SQLite. */
  readonly postgresUrl: string | null;
  readonly kills: number;
  readonly seed: number;
}

export interface CrashReport extends Judgement {
  readonly mode: LedgerMode;
  readonly database: 'sqlite' | 'postgres';
  readonly kills: number;
  readonly killsByStep: ReadonlyMap<CrashStep, number>;
  readonly refreshes: number;
  /** What docs/crash-window.md expects a kill at random to lose: refreshes between the provider's commit and our disk. */
  readonly exposedAtOnce: number;
}

/** Longer than any provider needs; the rule at its edge is plan-post.ts's, and tested there. */
const GRACE_SECONDS = 600;
const ANSWER_DELAY_MS = 5;
const CONCURRENCY = 4;
const PATIENCE_MS = 40_000;

export async function crashTest(options: CrashTestOptions): Promise<CrashReport> {
  const { mode, postgresUrl, kills, seed } = options;
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-crash-'));
  const server = await startLedgerServer({
    mode,
    graceMs: GRACE_SECONDS * 1000,
    answerDelayMs: ANSWER_DELAY_MS,
    accessTokenSeconds: 1,
  });
  const random = createRandom(seed);
  const flushes: number[] = [];
  const vault = {
    database:
      postgresUrl === null
        ? ({ kind: 'sqlite', file: join(folder, 'latchkey.db') } as const)
        : ({ kind: 'postgres', url: postgresUrl } as const),
    keyring: newKeyringText({ development: true, clock: systemClock }),
  };
  const accountIds = await seedAccounts(vault, { ledger: server.ledger, count: 20 + kills });
  const plan: Omit<WorkerPlan, 'dataFolder' | 'seed'> = {
    ...vault,
    providerUrl: server.url,
    replay: mode,
    graceSeconds: mode === 'grace' ? GRACE_SECONDS : null,
    accountIds,
    concurrency: CONCURRENCY,
  };
  const hear = (message: FromWorker): void => {
    if (message.event === 'kept') flushes.push(message.tookMs);
  };
  const start = async (slot: number): Promise<Worker> => {
    const dataFolder = join(folder, `worker-${slot}`);
    await mkdir(dataFolder, { recursive: true });
    return startWorker({ ...plan, dataFolder, seed: random.below(1_000_000) }, hear);
  };

  // Two gateways share a PostgreSQL; a SQLite vault has one.
  const workers = await Promise.all(Array.from({ length: postgresUrl === null ? 1 : 2 }, (_, slot) => start(slot)));
  const killsByStep = new Map<CrashStep, number>();
  let busyMs = 0;
  try {
    for (let kill = 0; kill < kills; kill += 1) {
      const slot = random.below(workers.length);
      const others = workers.toSpliced(slot, 1);
      const [worker] = workers.slice(slot);
      const step = crashSteps[(kill + seed) % crashSteps.length] ?? 'random';
      await Promise.all(workers.map(({ running }) => running));
      const runsSince = performance.now();
      if (worker) await killAt(step, { worker, others, server, random });
      busyMs += performance.now() - runsSince;
      killsByStep.set(step, (killsByStep.get(step) ?? 0) + 1);
      const dead = isOfServer(step) ? [...workers.keys()] : [slot];
      for (const one of dead) workers[one] = await start(one);
    }
    const refreshes = server.requests();
    await Promise.all(workers.map(({ running }) => running));
    await inTime(Promise.all(workers.map((worker) => worker.heal())), 'The accounts did not come to an end.');
    return {
      mode,
      database: vault.database.kind,
      kills,
      killsByStep,
      refreshes,
      exposedAtOnce: (refreshes / busyMs) * (ANSWER_DELAY_MS + meanOf(flushes)),
      ...(await judgeAccounts(vault, { ledger: server.ledger, accountIds })),
    };
  } finally {
    for (const worker of workers) worker.kill();
    await Promise.all(workers.map(({ gone }) => gone.catch(() => undefined)));
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Killing {
  readonly worker: Worker;
  readonly others: readonly Worker[];
  readonly server: LedgerServer;
  readonly random: Random;
}

async function killAt(step: CrashStep, { worker, others, server, random }: Killing): Promise<void> {
  if (step === 'random') {
    await pause(20 + random.below(200));
    worker.kill();
  } else if (isOfServer(step)) {
    // Whose request it is the provider does not know, so that all go.
    server.stopAt(step, async () => {
      for (const one of [worker, ...others]) one.kill();
      await Promise.all([worker.gone, ...others.map(({ gone }) => gone)]);
    });
  } else {
    worker.dieAt(step, 1 + random.below(12));
  }
  await inTime(worker.gone, `A worker did not come to the step ${step}.`);
}

function isOfServer(step: CrashStep): step is ServerStep {
  return step === 'request-sent' || step === 'provider-committed';
}

/** So that a fault ends the run instead of holding it up. */
async function inTime(work: Promise<unknown>, otherwise: string): Promise<void> {
  const late = new AbortController();
  const timer = pause(PATIENCE_MS, undefined, { signal: late.signal }).then(() => {
    throw new Error(otherwise);
  });
  try {
    await Promise.race([work, timer]);
  } finally {
    late.abort();
    await timer.catch(() => undefined);
  }
}

function meanOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
