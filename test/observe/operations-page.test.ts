/** docs/operations.md against the code: a metric or an event that is missing there, or that no longer exists, fails here. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { metricTable } from '../../src/observe/metric-table.js';
import { projectRoot, readSources } from '../support/source-tree.js';

const page = readFileSync(join(projectRoot, 'docs', 'operations.md'), 'utf8');

/** The rows of the tables whose first cell is a name in code quotes, below this heading. */
function rowsBelow(heading: string): string[][] {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  return section
    .split('\n')
    .filter((line) => /^\| `[a-z_.]+` +\|/.test(line))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
}

/** The names that stand where an event is told; in a choice of two, both. */
function eventsInSource(): string[] {
  const told = readSources('src').flatMap(({ lines }) => lines.filter((line) => /\bevent\s*[:=]/.test(line)));
  return [...new Set(told.flatMap((line) => line.match(/'[a-z]+\.[a-z_]+'/g) ?? []))].map((name) => name.slice(1, -1));
}

test('the table of metrics is the table of the code', () => {
  const told = rowsBelow('Metrics').filter(([name]) => name?.startsWith('`latchkey_'));
  const expected = Object.entries(metricTable).map(([name, { kind, labels, what }]) => [
    `\`${name}\``,
    kind,
    labels.map((label) => `\`${label}\``).join(', ') || 'none',
    what,
  ]);
  expect(told).toEqual(expected);
});

test('the table of events names each event of the code once, and no other', () => {
  const told = rowsBelow('Log').map(([name]) => name?.slice(1, -1));
  expect(new Set(told)).toEqual(new Set(eventsInSource()));
  expect(told).toHaveLength(new Set(told).size);
});

test('the search for events finds what is told in a constant and in a choice of two', () => {
  expect(eventsInSource()).toEqual(expect.arrayContaining(['graphql.server_note', 'http.answered', 'provider.closed']));
});

test('every exit code of the gateway and its commands is told', () => {
  const given = readSources('src')
    .filter(({ path }) => !path.startsWith('src/demo/'))
    .flatMap(({ lines }) => lines.flatMap((line) => line.match(/\bexitCode: (\d+)|process\.exit\((\d+)\)/) ?? []))
    .filter((match) => /^\d+$/.test(match ?? ''));
  expect(given).toEqual(expect.arrayContaining(['1', '73']));
  for (const code of new Set([...given, '78'])) expect(page).toMatch(new RegExp(`^\\| ${code} +\\|`, 'm'));
});
