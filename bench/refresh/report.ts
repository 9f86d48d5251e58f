/** What the refresh bench found: the goals, the table, and the part of bench/results/latest.json. Called by refresh/run.ts. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { quantile } from '../figures.js';
import type { Goal } from '../report.js';
import type { ResidentCosts } from './residents.js';

export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
}

export interface RefreshFigures {
  readonly database: 'sqlite' | 'postgres';
  readonly atOnce: number;
  readonly firstMs: number;
  readonly allMs: number;
  readonly perSecond: number;
  readonly barePerSecond: number;
  readonly statementsPerRefresh: number;
  readonly writesPerRefresh: number;
  readonly cpuMsPerRefresh: number;
  /** Milliseconds after each account's own moment, at the provider. */
  readonly late: Quantiles;
  readonly quietMe: Quantiles;
  readonly busyMe: Quantiles;
  readonly residents: readonly ResidentCosts[];
}

export function quantiles(values: Iterable<number>): Quantiles {
  const ascending = [...values].toSorted((one, other) => one - other);
  return { p50: quantile(ascending, 0.5), p99: quantile(ascending, 0.99) };
}

export function goalsOf(all: readonly RefreshFigures[]): Goal[] {
  return all.flatMap((figures) => {
    const { database, firstMs, allMs, perSecond, barePerSecond, late, quietMe, busyMe } = figures;
    const share = perSecond / barePerSecond;
    const slower = busyMe.p99 / quietMe.p99;
    const goals = [
      { goal: `${share.toFixed(2)} of the bare loop, at least 0.5`, isHeld: share >= 0.5 },
      { goal: `first of ${figures.atOnce} after ${firstMs.toFixed(0)} ms, within 1000`, isHeld: firstMs <= 1000 },
      { goal: `all of ${figures.atOnce} after ${(allMs / 1000).toFixed(1)} s, within 40`, isHeld: allMs <= 40_000 },
      { goal: `p99 of lateness ${late.p99.toFixed(0)} ms, under 2000`, isHeld: late.p99 < 2000 },
      { goal: `p99 of me ${slower.toFixed(1)} times its quiet value, at most 2`, isHeld: slower <= 2 },
      ...flatness(figures.residents),
    ];
    if (database === 'postgres') {
      goals.push({ goal: `${perSecond.toFixed(0)} refreshes a second, over 300`, isHeld: perSecond > 300 });
    }
    return goals.map(({ goal, isHeld }) => ({ goal: `${database}: ${goal}`, isHeld }));
  });
}

function flatness(residents: readonly ResidentCosts[]): Goal[] {
  const [fewest] = residents;
  if (!fewest) return [];
  return (['moveMs', 'lookMs', 'sweepMs'] as const).map((cost) => {
    const most = Math.max(...residents.map((one) => one[cost] / fewest[cost]));
    const what = cost.replace('Ms', '');
    return {
      goal: `a ${what} costs ${most.toFixed(2)} times that of ${fewest.accounts} accounts, at most 1.5`,
      isHeld: most <= 1.5,
    };
  });
}

export async function writeRefreshReport(figures: readonly RefreshFigures[], goals: readonly Goal[]): Promise<void> {
  const file = fileURLToPath(new URL('../../../bench/results/latest.json', import.meta.url));
  await mkdir(dirname(file), { recursive: true });
  const before: unknown = JSON.parse(await readFile(file, 'utf8').catch(() => '{}'));
  await writeFile(file, `${JSON.stringify({ ...Object(before), refresh: { figures, goals } }, null, 2)}\n`);
  console.log(drawFigures(figures));
  for (const { goal, isHeld } of goals) console.log(`${isHeld ? 'held  ' : 'MISSED'} ${goal}`);
}

function drawFigures(all: readonly RefreshFigures[]): string {
  const rows: readonly (readonly [string, (figures: RefreshFigures) => string])[] = [
    ['refreshes a second', ({ perSecond }) => perSecond.toFixed(0)],
    ['bare loop a second', ({ barePerSecond }) => barePerSecond.toFixed(0)],
    ['first of all at once, ms', ({ firstMs }) => firstMs.toFixed(0)],
    ['all at once, s', ({ allMs }) => (allMs / 1000).toFixed(1)],
    ['late p50 / p99, ms', ({ late }) => `${late.p50.toFixed(0)} / ${late.p99.toFixed(0)}`],
    ['me quiet p50 / p99, ms', ({ quietMe }) => `${quietMe.p50.toFixed(1)} / ${quietMe.p99.toFixed(1)}`],
    ['me meanwhile p50 / p99, ms', ({ busyMe }) => `${busyMe.p50.toFixed(1)} / ${busyMe.p99.toFixed(1)}`],
    ['statements a refresh', ({ statementsPerRefresh }) => statementsPerRefresh.toFixed(1)],
    ['of them writes', ({ writesPerRefresh }) => writesPerRefresh.toFixed(1)],
    ['CPU of a refresh, ms', ({ cpuMsPerRefresh }) => cpuMsPerRefresh.toFixed(2)],
  ];
  const lines = rows.map(([name, tell]) => `| ${name} | ${all.map(tell).join(' | ')} |`);
  const head = `| | ${all.map(({ database }) => database).join(' | ')} |`;
  return [head, `| --- |${' --- |'.repeat(all.length)}`, ...lines].join('\n');
}
