/** Notes on a token set that its refresh token is about to be sent, and what is known of that. Called by refresh/.
 *  The note is committed before the post: a database that cannot be written sends nothing. It is also the lease: who has
 *  noted it may send, and everybody else, in this process or another, waits until that ended or is too old to go on.
 *  A note of the version that stands, without an end, says that this refresh token may have been spent; a new version
 *  leaves it behind. Must never: let two send the same refresh token while one of them may still be at it. */
import type { Clock } from '../clock.js';
import { databaseTime } from '../database/database-time.js';
import type { Database, Transaction } from '../database/database.js';
import { GivenRows, givenTable, leavingHeld } from '../database/given-rows.js';
import { createTogether } from '../database/together.js';
import { TokenSetRow } from './token-set.entity.js';

/** One try. */
export interface RefreshIntent {
  readonly accountId: string;
  /** Whose refresh token is sent. */
  readonly version: number;
  /** Names this one try. */
  readonly attempt: string;
}

export interface RefreshTry {
  readonly attempt: string;
  readonly leaseMs: number;
  /** Called as the note goes to the database: the lease begins no sooner. */
  readonly sending?: () => void;
}

export interface RefreshIntentStore {
  /** Compare-and-set on the row as it was read, in a write of its own. False when somebody else is at it (for less than
   *  `leaseMs`, by the database's clock), or when the row has moved on since. */
  note(row: TokenSetRow, by: RefreshTry): Promise<boolean>;
  /** `SETTLED`: this version's refresh token is known not to be spent. `OPEN`: it may be, and the note stays, for whoever
   *  comes next. Answers false when the note is no longer ours. */
  end(transaction: Transaction, intent: RefreshIntent, how: 'SETTLED' | 'OPEN'): Promise<boolean>;
}

export interface RefreshIntentStoreParts {
  readonly database: Pick<Database, 'reader' | 'writeOne'>;
  readonly clock: Clock;
}

export function createRefreshIntentStore({ database, clock }: RefreshIntentStoreParts): RefreshIntentStore {
  const now = databaseTime(database.reader);
  const taking = `UPDATE token_set SET intent_attempt = $1, intent_version = $2, intent_since = $3, intent_at = ${now}
    WHERE account_id = $4 AND version = $2`;
  // The row was read without an open intent; if one came since, the reader has to know of it first. Sent twice it is ours.
  const noting = `${taking} AND (intent_version IS NULL OR intent_version <> $2 OR intent_attempt = $1)
    RETURNING account_id`;
  // Ended without a known end, or too long ago to be under way still. A time far ahead is that of a clock set back.
  const notingOpen = `${taking} AND intent_version = $2 AND (intent_attempt IS NULL OR intent_attempt = $1
         OR intent_at NOT BETWEEN ${now} - $5 AND ${now} + $5) RETURNING account_id`;
  const { reader } = database;
  const notingAll = `
    WITH given AS ${givenTable(reader, { account: 'text', version: 'bigint', attempt: 'text', since: 'bigint' })},
         free AS MATERIALIZED (
           SELECT account_id FROM given JOIN token_set ON account_id = account
            WHERE token_set.version = given.version AND (intent_version IS NULL
                  OR intent_version <> given.version OR intent_attempt = attempt)
           ${leavingHeld(reader, 'token_set')})
    UPDATE token_set SET intent_attempt = attempt, intent_version = given.version, intent_since = since, intent_at = ${now}
      FROM given JOIN free ON free.account_id = account
     WHERE token_set.account_id = account
    RETURNING intent_attempt`;
  const together = createTogether({ most: MOST_TOGETHER, run: noteTogether });

  return {
    // What is not noted with the others may be locked for a moment, and has its own say.
    note: async (row, by) => (!isOpenIntent(row) && (await together.add({ row, by }))) || noteAlone(row, by),

    async end(transaction, { accountId, version, attempt }, how) {
      const rest = how === 'SETTLED' ? { intentVersion: null, intentSince: null, intentAt: null } : {};
      const { affected } = await transaction.update(
        TokenSetRow,
        { accountId, version, intentVersion: version, intentAttempt: attempt },
        { intentAttempt: null, ...rest },
      );
      return affected === 1;
    },
  };

  async function noteAlone(row: TokenSetRow, { attempt, leaseMs, sending }: RefreshTry): Promise<boolean> {
    const { accountId, version } = row;
    const isOpen = isOpenIntent(row);
    const since = isOpen ? row.intentSince : clock.now();
    const values = [attempt, version, since, accountId, ...(isOpen ? [leaseMs] : [])];
    const noted = await database.writeOne(() => {
      sending?.();
      return { text: isOpen ? notingOpen : noting, values };
    });
    return noted.length === 1;
  }

  async function noteTogether(lot: readonly Noting[]): Promise<boolean[]> {
    const since = clock.now();
    const rows = lot.map(({ row: { accountId: account, version }, by: { attempt } }) => ({
      account,
      version,
      attempt,
      since,
    }));
    const noted = await database.writeOne(() => {
      for (const { by } of lot) by.sending?.();
      return { text: notingAll, values: [new GivenRows(rows)] };
    });
    const attempts = new Set(noted.map((row) => row['intent_attempt']));
    return lot.map(({ by }) => attempts.has(by.attempt));
  }
}

interface Noting {
  readonly row: TokenSetRow;
  readonly by: RefreshTry;
}

/** In one statement. */
const MOST_TOGETHER = 64;

type Intent = Pick<TokenSetRow, 'version' | 'intentVersion' | 'intentAttempt'>;

/** Whether this version's refresh token was sent and nobody knows what became of it. */
export function isOpenIntent({ version, intentVersion }: Intent): boolean {
  return intentVersion === version;
}

/** Whether somebody noted that they send it, and did not note an end. They may be dead. */
export function isUnderWay(row: Intent): boolean {
  return isOpenIntent(row) && row.intentAttempt !== null;
}

/** Whether the version that stands is the one that this try wrote. */
export function isWrittenBy({ version, attempt }: RefreshIntent, row: Intent): boolean {
  return row.version === version + 1 && row.intentVersion === version && row.intentAttempt === attempt;
}
