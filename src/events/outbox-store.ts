/** The one place that reads and writes how far events are delivered. Called by deliver-events.ts, and by admin for those who
 *  look after it. The rows themselves are written by account-events.ts.
 *  Must never: give one row to two senders at once. Whoever takes one moves its time past the end of the try, by a
 *  compare-and-set; of a sender that died the row is due again then. */
import { In, type SelectQueryBuilder } from 'typeorm';
import type { Clock } from '../clock.js';
import type { Database, Transaction } from '../database/database.js';
import { readPage } from '../database/read-page.js';
import type { Page, PageRequest } from '../database/page.js';
import type { AccountEvent } from './account-event.js';
import { AccountEventRow, type Delivery } from './account-event.entity.js';

export type DeliveryState = Exclude<Delivery, 'NONE'>;

export interface EventDelivery extends AccountEvent {
  readonly state: DeliveryState;
  readonly tries: number;
  /** While PENDING: when it is sent (again). Null otherwise. */
  readonly nextTryAt: number | null;
  readonly deliveredAt: number | null;
  readonly lastFailure: string | null;
}

/** `takenUntil` is what the claim stands by: whoever settles names it. */
export interface ClaimedEvent extends AccountEvent {
  readonly tries: number;
  readonly takenUntil: number;
}

export interface OutboxStore {
  /** Takes up to `limit` events that are due, for the time of one try. */
  claim(limit: number): Promise<readonly ClaimedEvent[]>;
  /** Noted whoever has the row by now: it was delivered. */
  delivered(event: ClaimedEvent): Promise<void>;
  /** Tried again at `nextTryAt`; never again where that is null. Changes nothing of a row that another has taken. */
  failed(event: ClaimedEvent, how: { readonly failure: string; readonly nextTryAt: number | null }): Promise<void>;
  /** Makes events due that were delivered, are dead or wait for their next try. Answers how many, at most 10,000. */
  replay(which: WhichEvents): Promise<number>;
  /** Newest first. Throws BAD_USER_INPUT for a page size outside 1 to 100 or a cursor that is none. */
  page(request: DeliveryPageRequest): Promise<Page<EventDelivery>>;
  backlog(): Promise<Backlog>;
}

export interface WhichEvents {
  readonly ids: readonly string[] | null;
  /** Epoch milliseconds. */
  readonly since: number | null;
  readonly isOnlyDead: boolean;
}

export interface DeliveryPageRequest extends PageRequest {
  readonly state: DeliveryState | null;
}

export interface Backlog {
  readonly waiting: number;
  /** When the oldest of them happened; null where none waits. */
  readonly oldestAt: number | null;
}

/** Longer than a try takes. */
const TAKEN_MS = 60_000;
const REPLAY_AT_ONCE = 1_000;
const MOST_REPLAYED = 10_000;
/** So often a younger event of an account waits for an older one; then it goes past. */
const TRIES_IN_ORDER = 4;

const isNextOfItsAccount = `NOT EXISTS (SELECT 1 FROM account_event older WHERE older.delivery = 'PENDING'
  AND older.account_id = event.account_id AND (older.at, older.id) < (event.at, event.id)
  AND older.tries < ${TRIES_IN_ORDER})`;

export function createOutboxStore({ database, clock }: { database: Database; clock: Pick<Clock, 'now'> }): OutboxStore {
  const { reader } = database;

  return {
    async claim(limit) {
      const due = await dueRows(limit);
      if (due.length === 0) return [];
      const takenUntil = clock.now() + TAKEN_MS;
      return database.write(async (transaction) => {
        const taken: ClaimedEvent[] = [];
        for (const row of due) {
          const { id, nextTryAt } = row;
          const isOurs = await change(transaction, { id, nextTryAt }, { nextTryAt: takenUntil });
          if (isOurs) taken.push({ ...toEvent(row), tries: row.tries, takenUntil });
        }
        return taken;
      });
    },

    async delivered({ id, tries }) {
      const done = { delivery: 'DELIVERED', nextTryAt: null, deliveredAt: clock.now(), tries: tries + 1 } as const;
      await database.write((transaction) => change(transaction, { id }, { ...done, lastFailure: null }));
    },

    async failed({ id, tries, takenUntil }, { failure, nextTryAt }) {
      const delivery = nextTryAt === null ? 'DEAD' : 'PENDING';
      const changes = { delivery, nextTryAt, tries: tries + 1, lastFailure: failure } as const;
      await database.write((transaction) => change(transaction, { id, nextTryAt: takenUntil }, changes));
    },

    async replay(which) {
      let count = 0;
      let last: Place | null = null;
      do {
        const after: Place | null = last;
        const rows: Place[] = await database.write((transaction) => replaySome(transaction, which, after));
        count += rows.length;
        last = rows.length < REPLAY_AT_ONCE ? null : (rows.at(-1) ?? null);
      } while (last !== null && count < MOST_REPLAYED);
      return count;
    },

    async page({ state, ...request }) {
      const query = reader
        .createQueryBuilder(AccountEventRow, 'event')
        .where(state === null ? "event.delivery <> 'NONE'" : `event.delivery = '${state}'`);
      return readPage(query, request, { by: 'at', order: 'DESC', read: toDelivery });
    },

    async backlog() {
      const waiting = await pending().getCount();
      const [oldest] = waiting === 0 ? [] : await pending().orderBy({ 'event.at': 'ASC' }).limit(1).getMany();
      return { waiting, oldestAt: oldest?.at ?? null };
    },
  };

  function pending(): SelectQueryBuilder<AccountEventRow> {
    return reader.createQueryBuilder(AccountEventRow, 'event').where("event.delivery = 'PENDING'");
  }

  /** In the order of their ids at the end: two who take the same rows take them in the same order. */
  async function dueRows(limit: number): Promise<AccountEventRow[]> {
    const rows = await pending()
      .andWhere('event.nextTryAt <= :now', { now: clock.now() })
      .andWhere(isNextOfItsAccount)
      .orderBy({ 'event.nextTryAt': 'ASC', 'event.id': 'ASC' })
      .limit(limit)
      .getMany();
    return rows.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** What is due or being sent goes its way by itself. */
  async function replaySome(
    transaction: Transaction,
    { ids, since, isOnlyDead }: WhichEvents,
    after: Place | null,
  ): Promise<AccountEventRow[]> {
    const now = clock.now();
    const query = transaction
      .createQueryBuilder(AccountEventRow, 'event')
      .select(['event.id', 'event.at'])
      .where(isOnlyDead ? "event.delivery = 'DEAD'" : "event.delivery <> 'NONE'")
      .andWhere('(event.nextTryAt IS NULL OR event.nextTryAt > :soon)', { soon: now + TAKEN_MS })
      .orderBy({ 'event.at': 'ASC', 'event.id': 'ASC' })
      .limit(REPLAY_AT_ONCE);
    if (ids) query.andWhere({ id: In(ids) });
    if (since !== null) query.andWhere('event.at >= :since', { since });
    if (after) query.andWhere('(event.at, event.id) > (:at, :id)', { at: after.at, id: after.id });
    const rows = await query.getMany();
    const due = { delivery: 'PENDING', tries: 0, nextTryAt: now, deliveredAt: null } as const;
    if (rows.length > 0) await transaction.update(AccountEventRow, { id: In(rows.map(({ id }) => id)) }, due);
    return rows;
  }
}

type Place = Pick<AccountEventRow, 'at' | 'id'>;

async function change(
  transaction: Transaction,
  key: { readonly id: string; readonly nextTryAt?: number | null },
  changes: Partial<Pick<AccountEventRow, 'delivery' | 'nextTryAt' | 'deliveredAt' | 'tries' | 'lastFailure'>>,
): Promise<boolean> {
  const { nextTryAt, id } = key;
  const expected = { id, delivery: 'PENDING' as const, ...(typeof nextTryAt === 'number' ? { nextTryAt } : {}) };
  const { affected } = await transaction.update(AccountEventRow, expected, changes);
  return affected === 1;
}

function toEvent({ id, at, type, accountId, userId, providerId, facts }: AccountEventRow): AccountEvent {
  return { id, at, type, accountId, userId, providerId, facts };
}

function toDelivery(row: AccountEventRow): EventDelivery {
  const { delivery, tries, nextTryAt, deliveredAt, lastFailure } = row;
  // The page leaves out those that the webhook is not told of.
  return { ...toEvent(row), state: delivery as DeliveryState, tries, nextTryAt, deliveredAt, lastFailure };
}
