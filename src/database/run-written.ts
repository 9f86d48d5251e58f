/** Runs a statement of a transaction that is written out. Called by the stores whose writes every refresh pays for: typeorm's
 *  builders take longer to make such a statement than the database to run it. */
import type { RawRow, Transaction, WrittenStatement } from './database.js';

/** How many rows it changed. */
export async function runWritten({ queryRunner }: Transaction, { text, values }: WrittenStatement): Promise<number> {
  if (!queryRunner) throw new Error('typeorm no longer gives a transaction a runner of its own.');
  const { affected }: { readonly affected?: number } = await queryRunner.query(text, [...values], true);
  return affected ?? 0;
}

/** The rows that it returns; see given-rows.ts for how it begins. */
export async function runReturning(
  { queryRunner }: Transaction,
  { text, values }: WrittenStatement,
): Promise<readonly RawRow[]> {
  if (!queryRunner) throw new Error('typeorm no longer gives a transaction a runner of its own.');
  const { records }: { readonly records: RawRow[] } = await queryRunner.query(text, [...values], true);
  return records;
}
