/** What a run of the bench says of its samples: the verdicts, the table and the chart. */
import { expect, test } from 'vitest';
import { drawChart } from '../../bench/chart.js';
import type { Figures, Sample } from '../../bench/figures.js';
import { levels, manyPeople } from '../../bench/levels.js';
import { reportOf, type Report } from '../../bench/report.js';
import { subjects } from '../../bench/subjects.js';
import { drawTable } from '../../bench/table.js';

test('a share of (a) below the goal is missed, one above is held', () => {
  expect(verdicts(reportWith({ requestsPerSecond: 84 }))).toContain('missed 0.84 of (a)');
  expect(verdicts(reportWith({ requestsPerSecond: 86 }))).toContain('held 0.86 of (a)');
});

test('a second statement a request is missed, and so is more memory than agreed', () => {
  const report = reportWith({ statementsPerRequest: 2, rssMiB: 151 });
  expect(verdicts(report)).toContain('missed 2.000 reads a request');
  expect(verdicts(report)).toContain('missed 151 MiB');
});

test('a read for each request is held, and its speed is judged by nobody', () => {
  const report = reportWith({ requestsPerSecond: 50, statementsPerRequest: 1.9, writesPerRequest: 0.9 });
  const cold = { ...report, goals: report.goals.filter(({ goal }) => goal.includes(`${manyPeople} people`)) };
  expect(verdicts(cold)).toContain('held 1.000 reads');
  expect(verdicts(cold)).not.toContain('of (a)');
});

test('nobody judges what the others are measured against', () => {
  expect(verdicts(reportWith({}))).not.toContain('pass-through');
});

test('the table has a row for each subject under each load', () => {
  const table = drawTable(reportWith({}));
  expect(table.match(/Latchkey on SQLite/g)).toHaveLength(levels.length);
  expect(table.match(/pass-through/g)).toHaveLength(levels.length);
  expect(table).toContain('1 connection, 50 people ');
});

test('the chart draws bars as long as the shares, and escapes what it writes', () => {
  const chart = drawChart({ ...reportWith({ requestsPerSecond: 50 }), machine: '2 × <fast> & quiet' });
  const widths = [...chart.matchAll(/class="bar"[^>]* width="([\d.]+)"/g)].map(([, width]) => Number(width));
  expect(new Set(widths.slice(0, 2)).size).toBe(1);
  expect(chart).toContain('&lt;fast> &amp; quiet');
  expect(chart).toContain('>0.50</text>');
});

function verdicts({ goals }: Report): string {
  return goals.map(({ goal, isHeld }) => `${isHeld ? 'held' : 'missed'} ${goal.replace(/^.*people: /, '')}`).join('\n');
}

/** Latchkey's figures under test beside a server without a vault that does 100 a second and a pass-through that does 500. */
function reportWith(figures: Partial<Figures>): Report {
  const speed = { measured: 95, 'without-vault': 100, 'pass-through': 500 };
  const samples = levels.flatMap((level) =>
    subjects.map(({ id, part }): Sample => {
      const own = { ...plain, requestsPerSecond: speed[part], ...(part === 'measured' ? figures : {}) };
      return { ...level, subject: id, round: 1, figures: own };
    }),
  );
  const facts = { startedAt: '', machine: '', rounds: 1, secondsPerStretch: 1 };
  return reportOf({ ...facts, subjects, levels, samples });
}

const plain: Figures = {
  requestsPerSecond: 1,
  p50Ms: 1,
  p99Ms: 2,
  cpuMicrosPerRequest: 500,
  statementsPerRequest: 1,
  writesPerRequest: 0,
  rssMiB: 120,
};
