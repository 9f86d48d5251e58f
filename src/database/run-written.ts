/** Runs a statement of a transaction that is written out. Called by the stores whose writes every refresh pays for: typeorm's
 *  builders take longer to make such a statement than the database to run it. */
import type { Transaction, WrittenStatement } from './database.js';

/** How many rows it changed. */
export async function runWritten({ queryRunner }: Transaction, { text, values }: WrittenStatement): Promise<number> {
  if (!queryRunner) throw new Error('typeorm no longer gives a transaction a runner of its own.');
  const { affected }: { readonly affected?: number } = await queryRunner.query(text, [...values], true);
  return affected ?? 0;
}
