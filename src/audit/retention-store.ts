/** Takes old rows out of the front of the chain. Called by keep-audit.ts, under its lease.
 *  What is left begins after a row that a signed checkpoint names. Must never: delete a row from the middle, one that is not
 *  chained, or one before that checkpoint is written. */
import type { Database } from '../database/database.js';
import { purgeRows } from '../database/purge-rows.js';
import { AuditEventRow } from './audit-event.entity.js';

export interface RetentionStore {
  /** The last of the rows at the front of the chain that are all older than `before`; null where there is none. */
  findCut(before: number): Promise<Cut | null>;
  /** Where the chain begins from now on. */
  cut(cut: Cut): Promise<void>;
  /** Deletes what stands before the cut, also what a run that died left; gives how many rows that were. */
  deleteCut(): Promise<number>;
}

export interface Cut {
  readonly sequence: number;
  readonly hash: string;
}

export function createRetentionStore({ database }: { readonly database: Database }): RetentionStore {
  return {
    async findCut(before) {
      const [row] = await database.select(
        `SELECT sequence, hash FROM audit_event
         WHERE sequence > (SELECT cut_sequence FROM audit_chain) AND sequence < COALESCE(
           (SELECT sequence FROM audit_event WHERE sequence IS NOT NULL AND at >= $1 ORDER BY sequence LIMIT 1),
           (SELECT sequence + 1 FROM audit_chain))
         ORDER BY sequence DESC LIMIT 1`,
        [String(before)],
      );
      return row ? { sequence: Number(row['sequence']), hash: String(row['hash']) } : null;
    },

    async cut({ sequence, hash }) {
      await database.writeOne(() => ({
        text: 'UPDATE audit_chain SET cut_sequence = $1, cut_hash = $2 WHERE cut_sequence < $1',
        values: [sequence, hash],
      }));
    },

    deleteCut: () =>
      purgeRows(database, {
        row: AuditEventRow,
        table: 'audit_event',
        where: 'sequence <= (SELECT cut_sequence FROM audit_chain)',
        values: {},
      }),
  };
}
