/** Keeps what became of each refresh of an account, for its user to read. Called by refresh/write-outcome.ts in the
 *  transaction that writes the outcome, by graphql, by connect when an account goes, and by a job that deletes old rows.
 *  Must never: hold a token, a provider's text, or who the user is; rows go with their account. */
import type { Clock } from '../clock.js';
import type { Database, Transaction } from '../database/database.js';
import { GivenRows, givenTable } from '../database/given-rows.js';
import { newId } from '../database/new-id.js';
import { readPage } from '../database/read-page.js';
import type { Page, PageRequest } from '../database/page.js';
import { purgeRows } from '../database/purge-rows.js';
import { runReturning, runWritten } from '../database/run-written.js';
import { RefreshEventRow } from './refresh-event.entity.js';
import type { RefreshEventOutcome, RefreshEventReason } from './refresh-event.entity.js';

export interface RefreshHistory {
  add(transaction: Transaction, entry: RefreshEntry): Promise<void>;
  /** In one statement. */
  addAll(transaction: Transaction, entries: readonly RefreshEntry[]): Promise<void>;
  /** Of one account, newest first. Whoever asks has made sure that they may see the account. Throws BAD_USER_INPUT for a
   *  page size outside 1 to 100 or a cursor that is none. */
  page(request: PageRequest & { readonly accountId: string }): Promise<Page<RefreshEvent>>;
  /** Deletes what is known of an account. */
  forget(transaction: Transaction, accountId: string): Promise<void>;
  /** Deletes what is older than its time; gives how many rows that were. */
  purge(): Promise<number>;
}

export interface RefreshEntry {
  readonly accountId: string;
  readonly providerId: string;
  readonly reason: RefreshEventReason;
  readonly outcome: RefreshEventOutcome;
  /** From the post to its answer, milliseconds; null where nothing was sent, or the process that sent it died. */
  readonly tookMs: number | null;
  /** The version of the tokens whose refresh token was sent. */
  readonly version: number;
}

export interface RefreshEvent extends Omit<RefreshEntry, 'accountId' | 'providerId'> {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

export interface RefreshHistoryParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly keptDays: number;
}

const DAY_MS = 86_400_000;

const columns = 'id, account_id, provider_id, at, reason, outcome, took_ms, version';
const adding = `INSERT INTO refresh_event (${columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`;
const addingAll = (transaction: Transaction): string => `
  WITH given AS ${givenTable(transaction, givenEntry)} INSERT INTO refresh_event (${columns}) SELECT ${columns} FROM given`;

const givenEntry = {
  id: 'text',
  account_id: 'text',
  provider_id: 'text',
  at: 'bigint',
  reason: 'text',
  outcome: 'text',
  took_ms: 'bigint',
  version: 'bigint',
} as const;

export function createRefreshHistory({ database, clock, keptDays }: RefreshHistoryParts): RefreshHistory {
  return {
    async add(transaction, { accountId, providerId, reason, outcome, tookMs, version }) {
      const id = newId('rfe', clock);
      const values = [id, accountId, providerId, clock.now(), reason, outcome, tookMs, version];
      await runWritten(transaction, { text: adding, values });
    },

    async addAll(transaction, entries) {
      const rows = entries.map(({ accountId, providerId, reason, outcome, tookMs, version }) => ({
        id: newId('rfe', clock),
        account_id: accountId,
        provider_id: providerId,
        at: clock.now(),
        reason,
        outcome,
        took_ms: tookMs,
        version,
      }));
      await runReturning(transaction, { text: addingAll(transaction), values: [new GivenRows(rows)] });
    },

    async page({ accountId, ...request }) {
      const query = database.reader.createQueryBuilder(RefreshEventRow, 'event').where({ accountId });
      return readPage(query, request, { by: 'at', order: 'DESC', read: toEvent });
    },

    async forget(transaction, accountId) {
      await transaction.delete(RefreshEventRow, { accountId });
    },

    purge() {
      const before = clock.now() - keptDays * DAY_MS;
      return purgeRows(database, {
        row: RefreshEventRow,
        table: 'refresh_event',
        where: 'at < :before',
        values: { before },
      });
    },
  };
}

function toEvent({ id, at, reason, outcome, tookMs, version }: RefreshEventRow): RefreshEvent {
  return { id, at, reason, outcome, tookMs, version };
}
