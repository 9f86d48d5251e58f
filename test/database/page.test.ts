import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { assertPageSize, toPage } from '../../src/database/page.js';
import type { Page } from '../../src/database/page.js';

test('walking page by page meets every row once, in order, whatever the page size', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 20 }), (count, first) => {
      const rows = Array.from({ length: count }, (_, position) => position);
      const met: number[] = [];
      let page = pageOf(rows, first, null);
      met.push(...nodes(page));
      while (page.hasNextPage) {
        page = pageOf(rows, first, (met.at(-1) ?? -1) + 1);
        expect(page.hasPreviousPage).toBe(true);
        met.push(...nodes(page));
      }
      expect(met).toEqual(rows);
    }),
  );
});

test('a page that ends with the last row has no next page', () => {
  expect(pageOf([1, 2, 3], 3, null)).toMatchObject({ hasNextPage: false, hasPreviousPage: false });
  expect(pageOf([1, 2, 3, 4], 3, null)).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
});

test.each([0, -1, 101, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('%s is no page size', (first) => {
  expect(() => assertPageSize(first)).toThrow('"first" must be a whole number from 1 to 100.');
});

test.each([1, 100])('%s is a page size', (first) => {
  expect(() => assertPageSize(first)).not.toThrow();
});

/** The rows from a position on, as a store hands them over: one more than asked. */
function pageOf(rows: readonly number[], first: number, from: number | null): Page<number> {
  const some = rows.slice(from ?? 0, (from ?? 0) + first + 1);
  return toPage(some, { first, after: from === null ? null : 'a cursor' }, (row) => [row, String(row)]);
}

function nodes({ edges }: Page<number>): number[] {
  return edges.map(({ node }) => node);
}
