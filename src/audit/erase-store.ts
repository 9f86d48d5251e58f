/** Takes a person out of the audit: the values that say who it was, and the salts without which the commitments tell nothing.
 *  The rows stay in their places, and the chain holds. Called by the use case that erases a user, outside any transaction.
 *  Where the person acted for somebody else, only who acted goes: the rest is that other person's. */
import type { Database, WrittenStatement } from '../database/database.js';
import { runWritten } from '../database/run-written.js';
import { ERASED } from './audit-event.js';

/** Gives how many rows were changed. Repeating it is harmless, and finds what was written meanwhile. */
export type EraseFromAudit = (userId: string) => Promise<number>;

/** On SQLite every other write waits for each batch; on PostgreSQL a transaction has 1.8 s. */
const AT_ONCE = 500;

const asSubject = `SET subject_id = '${ERASED}', subject_salt = NULL, account_id = NULL, account_salt = NULL,
  reason = NULL, reason_salt = NULL, request_id = '${ERASED}', request_salt = NULL`;
const asActor = `SET actor_id = '${ERASED}', actor_salt = NULL`;

export function createEraseFromAudit({ database }: { readonly database: Pick<Database, 'write'> }): EraseFromAudit {
  return async (userId) => {
    // Who acted for themselves stands in a row twice; it counts once.
    const own = await eraseAll(
      `${asSubject}, actor_id = '${ERASED}', actor_salt = NULL`,
      `subject_id = $1 AND actor_id = $1`,
    );
    const others = await eraseAll(asSubject, 'subject_id = $1');
    return own + others + (await eraseAll(asActor, 'actor_id = $1'));

    async function eraseAll(change: string, which: string): Promise<number> {
      const statement: WrittenStatement = {
        text: `UPDATE audit_event ${change} WHERE id IN (SELECT id FROM audit_event WHERE ${which} LIMIT ${AT_ONCE})`,
        values: [userId],
      };
      for (let total = 0; ;) {
        const changed = await database.write((transaction) => runWritten(transaction, statement));
        total += changed;
        if (changed < AT_ONCE) return total;
      }
    }
  };
}
