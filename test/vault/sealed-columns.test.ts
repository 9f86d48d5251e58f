import { getMetadataArgsStorage } from 'typeorm';
import { expect, test } from 'vitest';
import { entities } from '../../src/entities.js';
import { sealedTables, type SealedTable } from '../../src/vault/sealed-columns.js';

const { tables, columns } = getMetadataArgsStorage();

const tableOf = (entity: unknown): string => String(tables.find(({ target }) => target === entity)?.name);
const columnsOf = (entity: unknown): string[] =>
  columns.filter(({ target }) => target === entity).map(({ options }) => String(options.name));

const allColumns = entities.flatMap((entity) => columnsOf(entity).map((column) => `${tableOf(entity)}.${column}`));
const listed = Object.entries<SealedTable>(sealedTables);

test('every column of a row that is named sealed is in the list that resealing walks', () => {
  const sealed = allColumns.filter((column) => /\.sealed(_|$)/.test(column));
  const inList = listed.flatMap(([table, { columns: own }]) => Object.keys(own).map((column) => `${table}.${column}`));
  expect(sealed).toContain('pending_authorization.sealed_answer');
  expect(inList.toSorted()).toEqual(sealed.toSorted());
});

test('the columns that a place is rebuilt from exist', () => {
  for (const [table, { rowId, userId }] of listed) {
    expect(allColumns).toContain(`${table}.${rowId}`);
    if (userId !== null) expect(allColumns).toContain(`${table}.${userId}`);
  }
});

test('only what proves a key stays under its own', () => {
  const own = listed.filter(([, { keptUnder }]) => keptUnder === 'own key').map(([table]) => table);
  expect(own).toEqual(['keyring_check']);
});
