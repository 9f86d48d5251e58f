/** Draws the table that run.ts prints: one block for each load. Pure. */
import { alignColumns } from '../src/simulate/align-columns.js';
import { isWarm, nameOf, type Level } from './levels.js';
import type { Report, Row } from './report.js';

const columns: readonly [title: string, cell: (row: Row) => string][] = [
  ['', ({ name }) => name],
  ['req/s', ({ figures }) => figures.requestsPerSecond.toFixed(0)],
  ['of (a)', ({ ofWithoutVault }) => ofWithoutVault.toFixed(2)],
  ['of (b)', ({ ofPassThrough }) => ofPassThrough.toFixed(2)],
  ['p50 ms', ({ figures }) => figures.p50Ms.toFixed(2)],
  ['p99 ms', ({ figures }) => figures.p99Ms.toFixed(2)],
  ['CPU µs/req', ({ figures }) => figures.cpuMicrosPerRequest.toFixed(0)],
  ['CPU of (a)', ({ cpuOfWithoutVault }) => cpuOfWithoutVault.toFixed(2)],
  ['statements/req', ({ figures }) => figures.statementsPerRequest.toFixed(3)],
  ['MiB', ({ figures }) => figures.rssMiB.toFixed(0)],
];

export function drawTable({ rows }: Pick<Report, 'rows'>): string {
  const levels = new Map(rows.map((row) => [nameOf(row), row]));
  return [...levels.values()].map((level) => drawBlock(level, rows)).join('\n\n');
}

function drawBlock(level: Level, rows: readonly Row[]): string {
  const cells = rows
    .filter(({ connections, people }) => connections === level.connections && people === level.people)
    .map((row) => columns.map(([, cell]) => cell(row)));
  const title = `${nameOf(level)}${isWarm(level) ? '' : ': every account is read'}`;
  const lines = [columns.map(([name], index) => (index === 0 ? title : name)), ...cells];
  return alignColumns(lines);
}
