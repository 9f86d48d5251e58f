/** Reads and writes sealed values of every table by the list in sealed-columns, whatever row they stand in. Called by
 *  reseal, drop-key and the list of keys; the stores of the rooms have queries of their own.
 *  Which key a value stands under is read off its beginning, by the database itself. Must never: write a value over
 *  another than the one that was read (compare-and-set, cell by cell). */
import type { SelectQueryBuilder } from 'typeorm';
import type { Database } from '../database/database.js';
import { sealedBeginning } from './seal.js';
import { sealedTables, type SealedContent, type SealedTable, type SealedTableName } from './sealed-columns.js';

export interface SealedRow {
  readonly table: SealedTableName;
  readonly rowId: string;
  /** Empty where no user is bound. */
  readonly userId: string;
  /** The sealed columns that are not null. */
  readonly cells: readonly { readonly column: string; readonly content: SealedContent; readonly text: string }[];
}

export interface CellChange {
  readonly table: SealedTableName;
  readonly rowId: string;
  readonly column: string;
  readonly from: string;
  readonly to: string;
}

/** How many cells stand under each key, and how many under none of those asked for. */
export interface KeyUse {
  readonly byKid: ReadonlyMap<string, number>;
  readonly others: number;
}

interface PageRequest {
  /** The last row of the page before; null for the first page. */
  readonly after: string | null;
  readonly limit: number;
}

export interface SealedValueStore {
  /** Counts in the tables whose values are to stand under the sealing key. */
  countUse(kids: readonly string[]): Promise<KeyUse>;
  /** Rows, by id, in which some value does not stand under this key. */
  pageNotUnder(kid: string, table: SealedTableName, page: PageRequest): Promise<SealedRow[]>;
  /** In one transaction; answers how many cells were still what they were read as. */
  swap(changes: readonly CellChange[]): Promise<number>;
}

/** The tables that resealing walks, in order. */
export const resealedTables = (Object.keys(sealedTables) as SealedTableName[]).filter(
  (table) => sealedTables[table].keptUnder === 'sealing key',
);

export function createSealedValueStore({ database }: { database: Database }): SealedValueStore {
  const { reader } = database;

  return {
    async countUse(kids) {
      const byKid = new Map(kids.map((kid) => [kid, 0]));
      let others = 0;
      for (const table of resealedTables) {
        for (const [column, content] of contentsOf(table)) {
          const counts = await countColumn(table, column, content, kids);
          others += counts.others;
          for (const [kid, count] of counts.byKid) byKid.set(kid, (byKid.get(kid) ?? 0) + count);
        }
      }
      return { byKid, others };
    },

    async pageNotUnder(kid, table, { after, limit }) {
      const { rowId, userId } = describe(table);
      const query = reader.createQueryBuilder(table, 'v').select(`v.${propertyOf(table, rowId)}`, 'rowId');
      if (userId !== null) query.addSelect(`v.${propertyOf(table, userId)}`, 'userId');
      const isBehind: string[] = [];
      for (const [column, content] of contentsOf(table)) {
        const cell = `v.${propertyOf(table, column)}`;
        query.addSelect(cell, column);
        isBehind.push(`NOT (${isWhollyUnder(query, cell, content, kid)})`); // null where the cell is null: no match
      }
      query
        .where(`(${isBehind.join(' OR ')})`)
        .orderBy(`v.${propertyOf(table, rowId)}`)
        .limit(limit);
      if (after !== null) query.andWhere(`v.${propertyOf(table, rowId)} > :after`, { after });
      return (await query.getRawMany<Record<string, string | null>>()).map((row) => toSealedRow(table, row));
    },

    swap: (changes) =>
      database.write(async (transaction) => {
        let swapped = 0;
        for (const { table, rowId, column, from, to } of changes) {
          const cell = propertyOf(table, column);
          const where = { [propertyOf(table, describe(table).rowId)]: rowId, [cell]: from };
          swapped += (await transaction.update(table, where, { [cell]: to })).affected ?? 0;
        }
        return swapped;
      }),
  };

  async function countColumn(
    table: SealedTableName,
    column: string,
    content: SealedContent,
    kids: readonly string[],
  ): Promise<KeyUse> {
    const cell = `v.${propertyOf(table, column)}`;
    const query = reader.createQueryBuilder(table, 'v').select(`COUNT(${cell})`, 'all');
    const uses = kids.map((kid) => isPartlyUnder(query, cell, content, kid));
    for (const [at, use] of uses.entries()) query.addSelect(`SUM(CASE WHEN ${use} THEN 1 ELSE 0 END)`, `k${at}`);
    query.addSelect(`SUM(CASE WHEN ${uses.join(' OR ')} THEN 1 ELSE 0 END)`, 'known');
    const counts = await query.getRawOne<Record<string, string | number | null>>();
    const byKid = new Map(kids.map((kid, at) => [kid, Number(counts?.[`k${at}`] ?? 0)]));
    return { byKid, others: Number(counts?.['all'] ?? 0) - Number(counts?.['known'] ?? 0) };
  }

  /** The stores know columns by the names of their rows' members, so this asks typeorm for those. */
  function propertyOf(table: SealedTableName, column: string): string {
    const found = reader.connection.getMetadata(table).findColumnWithDatabaseName(column);
    if (!found) throw new Error(`sealed-columns names ${table}.${column}, which no row has.`);
    return found.propertyName;
  }
}

function describe(table: SealedTableName): SealedTable {
  return sealedTables[table];
}

function contentsOf(table: SealedTableName): [column: string, content: SealedContent][] {
  return Object.entries(describe(table).columns);
}

function toSealedRow(table: SealedTableName, row: Record<string, string | null>): SealedRow {
  const cells = contentsOf(table).flatMap(([column, content]) => {
    const text = row[column];
    return typeof text === 'string' ? [{ column, content, text }] : [];
  });
  return { table, rowId: row['rowId'] ?? '', userId: row['userId'] ?? '', cells };
}

type Query = SelectQueryBuilder<object>;

function isWhollyUnder(query: Query, cell: string, content: SealedContent, kid: string): string {
  return beginnings(query, cell, content, kid).join(' AND ');
}

function isPartlyUnder(query: Query, cell: string, content: SealedContent, kid: string): string {
  return `(${beginnings(query, cell, content, kid).join(' OR ')})`;
}

/** One condition for each sealed text in the cell. Not LIKE: base64url has "_", and SQLite's LIKE forgets upper case. In
 *  JSON the name stands before the value, so that no text beside it, whoever wrote that, is taken for a sealed one. */
function beginnings(query: Query, cell: string, content: SealedContent, kid: string): string[] {
  const beginning = sealedBeginning(kid);
  if (typeof content === 'string') {
    return [`substr(${cell}, 1, ${beginning.length}) = ${parameter(query, beginning)}`];
  }
  return Object.keys(content).map(
    (member) => `replace(${cell}, ${parameter(query, `"${member}":"${beginning}`)}, '') <> ${cell}`,
  );
}

function parameter(query: Query, value: string): string {
  const name = `p${Object.keys(query.getParameters()).length}`;
  query.setParameter(name, value);
  return `:${name}`;
}
