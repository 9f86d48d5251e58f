/** docs/refresh.md against the table of the code. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { faultClasses } from '../../src/refresh/fault-classes.js';
import { projectRoot } from '../support/source-tree.js';

const page = readFileSync(join(projectRoot, 'docs', 'refresh.md'), 'utf8');
const told = page
  .split('\n')
  .filter((line) => /^\| .*\| `[A-Z_]+` /.test(line))
  .map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .slice(1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  );

it('the page tells each class as the code has it', () => {
  const expected = Object.entries(faultClasses).map(([cause, { problem, backoff, incident }]) => {
    const account = backoff === null ? 'NEEDS_REAUTHORIZATION' : 'stays';
    const pause = backoff && `${backoff.shortestMs / 1000} s to ${backoff.longestMs / 60_000} min`;
    return [cause, account, pause ?? 'none', problem, incident];
  });
  expect(told).toEqual(expected);
});
