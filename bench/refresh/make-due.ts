/** Makes accounts of the gateway under test due, as a day that has passed would, and sets their alarms by the table that the
 *  gateway itself uses. Called by run.ts, in its own process: the gateway only sees the rows. */
import type { DatabaseConfig } from '../../src/config/config.js';
import { openDatabase } from '../../src/database/open-database.js';
import { entities, migrations } from '../../src/entities.js';
import { openJobRepository } from '../../src/jobs/open-job-repository.js';
import { createLogger } from '../../src/observe/logger.js';

export interface DueMaker {
  /** The first `count` people, one every `everyMs` from `from` on. */
  makeDue(due: { readonly count: number; readonly from: number; readonly everyMs: number }): Promise<void>;
  /** How many accounts wait for a refresh that was to be by now. */
  overdue(): Promise<number>;
  close(): Promise<void>;
}

/** The lead where none is set: an access token ends so long after its refresh is due. */
const LEAD_MS = 60_000;

export async function openDueMaker(config: DatabaseConfig): Promise<DueMaker> {
  const log = createLogger({ level: 'error' });
  const database = await openDatabase({ config, entities, migrations, log });
  const repository = openJobRepository({ config, database, log });
  await repository.connect();

  return {
    async makeDue({ count, from, everyMs }) {
      const number = 'CAST(substr(user_id, 6) AS integer)';
      const due = `${from} + ${number} * ${everyMs}`;
      await database.write(async (transaction) => {
        await transaction.query(
          `UPDATE connected_account SET tokens_issued_at = 0, next_refresh_at = ${due}, expires_at = ${due} + ${LEAD_MS}
            WHERE ${number} < ${count}`,
        );
      });
      const rows = await database.select(
        `SELECT id, user_id, provider_id, job_id, next_refresh_at FROM connected_account WHERE ${number} < ${count}`,
        [],
      );
      const alarms = rows.map((row) => ({
        jobId: row['job_id'] as string,
        at: Number(row['next_refresh_at']),
        data: {
          accountId: row['id'] as string,
          userId: row['user_id'] as string,
          providerId: row['provider_id'] as string,
        },
      }));
      for (let first = 0; first < alarms.length; first += 500) {
        await repository.alarms.put(alarms.slice(first, first + 500));
      }
    },
    async overdue() {
      const [row] = await database.select(
        'SELECT count(*) AS count FROM connected_account WHERE next_refresh_at <= $1',
        [String(Date.now())],
      );
      return Number(row?.['count']);
    },
    async close() {
      await repository.close();
      await database.close();
    },
  };
}
