import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectRoot } from '../support/source-tree.js';

const page = readFileSync(join(projectRoot, 'docs/security.md'), 'utf8');
const rows = page.split('\n').filter((line) => /^\| (\d+|[A-Z])/.test(line));

/** Each file that a row names, with the titles that follow it. */
const claims = rows.flatMap((row) =>
  [...row.matchAll(/`(test\/[^`]+)`((?: ·)?(?: "[^"]+")(?: · "[^"]+")*)?/g)].map(([, file = '', titles = '']) => ({
    file,
    titles: [...titles.matchAll(/"([^"]+)"/g)].map(([, title = '']) => title),
  })),
);

test('every point of the page has a row, in order', () => {
  const numbers = rows.flatMap((row) => /^\| (\d+) /.exec(row)?.[1] ?? []).map(Number);
  expect(numbers).toEqual(Array.from({ length: 64 }, (_, index) => index + 1));
});

test('every test that the page names exists, with the title that it is said to have', () => {
  expect(claims.length).toBeGreaterThan(50);
  const missing = claims.flatMap(({ file, titles }) => {
    if (!existsSync(join(projectRoot, file))) return [file];
    const text = readFileSync(join(projectRoot, file), 'utf8');
    return titles.filter((title) => !text.includes(title)).map((title) => `${file} "${title}"`);
  });
  expect(missing).toEqual([]);
});
