/** Deletes the rows of a table whose time is over, some at once: on SQLite every other write waits for each transaction.
 *  Called by the stores that purge by age. Every such table has its time in `at` and its key in `id`. */
import type { ObjectLiteral, ObjectType } from 'typeorm';
import type { Database, Transaction } from './database.js';

export interface Purge {
  readonly row: ObjectType<ObjectLiteral>;
  readonly table: string;
  /** A condition of ours, with the names of its values. */
  readonly where: string;
  readonly values: ObjectLiteral;
}

const AT_ONCE = 1_000;

/** Gives how many there were. */
export async function purgeRows(database: Database, purge: Purge): Promise<number> {
  let purged = 0;
  for (;;) {
    const deleted = await database.write((transaction) => deleteSome(transaction, purge));
    purged += deleted;
    if (deleted < AT_ONCE) return purged;
  }
}

async function deleteSome(transaction: Transaction, { row, table, where, values }: Purge): Promise<number> {
  const { affected } = await transaction
    .createQueryBuilder()
    .delete()
    .from(row)
    .where(`id IN (SELECT id FROM ${table} WHERE ${where} ORDER BY at LIMIT ${AT_ONCE})`, values)
    .execute();
  return affected ?? 0;
}
