/** The chain of the audit in the database: who may go on with it, the rows that wait, their places. Called by keep-audit.ts and
 *  by what reads the chain.
 *  A row is chained after its commit, in the order in which rows are seen: one that commits late comes later, and leaves no
 *  gap. The lease keeps several instances from doing the same work; that a place is given once is held by the head's row,
 *  which each batch takes first. Must never: give a place twice, or change one that was given. */
import { randomBytes, randomUUID } from 'node:crypto';
import { databaseTime } from '../database/database-time.js';
import type { Database, Transaction, WrittenStatement } from '../database/database.js';
import { runWritten } from '../database/run-written.js';
import { AuditChainRow } from './audit-chain.entity.js';
import { AuditEventRow } from './audit-event.entity.js';
import { beginningOf, commitTo, contentOf, linkAfter, personalFields, type PersonalField } from './commitments.js';

export interface ChainHead {
  readonly chain: string;
  readonly sequence: number;
  readonly hash: string;
  readonly cutSequence: number;
  readonly cutHash: string;
  readonly signedSequence: number;
  /** By the database's clock. */
  readonly signedAt: number;
}

export interface ChainStore {
  /** Whether there is anything to chain, by one look at an index. */
  hasUnchained(): Promise<boolean>;
  /** For metrics: how many rows have no place yet, and when the first of them was written. */
  countUnchained(): Promise<Unchained>;
  /** Takes the lease, or keeps it. False where another holds it. */
  lease(holder: string): Promise<boolean>;
  release(holder: string): Promise<void>;
  /** Gives places to some rows and answers how many; 0 where none waits. Throws LeaseLost where the lease is no longer ours. */
  chainSome(holder: string): Promise<number>;
  /** Null before the first row was chained. */
  head(): Promise<ChainHead | null>;
  /** How long ago the last checkpoint was signed, by the database's clock. */
  signedAgoMs(): Promise<number>;
  noteSigned(holder: string, sequence: number): Promise<void>;
}

export interface Unchained {
  readonly waiting: number;
  readonly oldestAt: number | null;
}

export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
  constructor() {
    super('Another instance goes on with the chain of the audit.');
  }
}

/** Longer than one batch, or the writing of a checkpoint, ever takes. */
const LEASE_MS = 60_000;
/** On SQLite every other write waits for each batch; on PostgreSQL a transaction has 1.8 s. */
const AT_ONCE = 100;
const CHAIN_ROW = 'audit';

export function createChainStore({ database }: { readonly database: Database }): ChainStore {
  const now = databaseTime(database.reader);
  const isPostgres = database.reader.connection.options.type === 'postgres';

  return {
    async hasUnchained() {
      return database.reader.createQueryBuilder(AuditEventRow, 'event').where('event.sequence IS NULL').getExists();
    },

    async countUnchained() {
      const [row] = await database.select(
        'SELECT count(*) AS count, min(at) AS oldest FROM audit_event WHERE sequence IS NULL',
        [],
      );
      const oldest = row?.['oldest'] ?? null;
      return { waiting: Number(row?.['count'] ?? 0), oldestAt: oldest === null ? null : Number(oldest) };
    },

    async lease(holder) {
      await begin();
      const taken = await database.writeOne(() => ({
        // A time too far ahead is that of a clock that was set back.
        text: `UPDATE audit_chain SET lease_holder = $1, lease_until = ${now} + $2 WHERE id = $3
               AND (lease_holder IS NULL OR lease_holder = $1 OR lease_until NOT BETWEEN ${now} AND ${now} + $2)
               RETURNING id`,
        values: [holder, LEASE_MS, CHAIN_ROW],
      }));
      return taken.length === 1;
    },

    async release(holder) {
      await database.writeOne(() => ({
        text: 'UPDATE audit_chain SET lease_holder = NULL, lease_until = NULL WHERE id = $1 AND lease_holder = $2',
        values: [CHAIN_ROW, holder],
      }));
    },

    chainSome: (holder) =>
      database.write(async (transaction) => {
        const head = await holdHead(transaction, holder);
        const rows = await readUnchained(transaction);
        const links = linksOf(rows, head);
        const last = links.at(-1);
        if (!last) return 0;
        await runWritten(transaction, placing(links));
        await transaction.update(AuditChainRow, { id: CHAIN_ROW }, { sequence: last.sequence, hash: last.hash });
        return links.length;
      }),

    head: () => database.reader.findOneBy(AuditChainRow, { id: CHAIN_ROW }),

    async signedAgoMs() {
      const [row] = await database.select(`SELECT ${now} - signed_at AS ago FROM audit_chain WHERE id = $1`, [
        CHAIN_ROW,
      ]);
      return Number(row?.['ago'] ?? Number.POSITIVE_INFINITY);
    },

    async noteSigned(holder, sequence) {
      await database.writeOne(() => ({
        text: `UPDATE audit_chain SET signed_sequence = $1, signed_at = ${now} WHERE id = $2 AND lease_holder = $3`,
        values: [sequence, CHAIN_ROW, holder],
      }));
    },
  };

  /** The first instance of a vault gives its chain a name. */
  async function begin(): Promise<void> {
    if (await database.reader.existsBy(AuditChainRow, { id: CHAIN_ROW })) return;
    const chain = randomUUID();
    const hash = beginningOf(chain);
    const start = { sequence: 0, hash, cutSequence: 0, cutHash: hash, signedSequence: 0, signedAt: 0 };
    await database.write((transaction) =>
      transaction
        .createQueryBuilder()
        .insert()
        .into(AuditChainRow)
        .values({ id: CHAIN_ROW, chain, ...start, leaseHolder: null, leaseUntil: null })
        .orIgnore()
        .execute(),
    );
  }

  /** Locks the head's row until the transaction ends, so that one batch follows another. */
  async function holdHead(transaction: Transaction, holder: string): Promise<AuditChainRow> {
    const { affected } = await transaction
      .createQueryBuilder()
      .update(AuditChainRow)
      .set({ leaseUntil: () => `${now} + ${LEASE_MS}` })
      .where(`id = :id AND lease_holder = :holder AND lease_until >= ${now}`, { id: CHAIN_ROW, holder })
      .execute();
    if (affected !== 1) throw new LeaseLost();
    return transaction.findOneByOrFail(AuditChainRow, { id: CHAIN_ROW });
  }

  async function readUnchained(transaction: Transaction): Promise<AuditEventRow[]> {
    const query = transaction
      .createQueryBuilder(AuditEventRow, 'event')
      .where('event.sequence IS NULL')
      .orderBy({ 'event.at': 'ASC', 'event.id': 'ASC' })
      .limit(AT_ONCE);
    // What is erased meanwhile would else be committed to as it was read here. SQLite has one writer at a time.
    return (isPostgres ? query.setLock('pessimistic_write') : query).getMany();
  }
}

export const saltColumns = {
  actorId: 'actorSalt',
  subjectId: 'subjectSalt',
  accountId: 'accountSalt',
  reason: 'reasonSalt',
  requestId: 'requestSalt',
} as const satisfies Record<PersonalField, keyof AuditEventRow>;

interface Link {
  readonly id: string;
  readonly sequence: number;
  readonly hash: string;
  readonly commitments: readonly string[];
  /** In the order of `personalFields`. */
  readonly salts: readonly string[];
}

function linksOf(rows: readonly AuditEventRow[], head: { readonly sequence: number; readonly hash: string }): Link[] {
  let { sequence, hash } = head;
  return rows.map((row) => {
    const { id, at, action, outcome } = row;
    const salts = personalFields.map(() => randomBytes(16).toString('hex'));
    const commitments = personalFields.map((field, index) => commitTo(field, row[field], salts[index] ?? ''));
    sequence += 1;
    hash = linkAfter(hash, sequence, contentOf({ id, at, action, outcome, commitments }));
    return { id, sequence, hash, commitments, salts };
  });
}

/** One statement for all: a transaction of one for each would take too long on a database that is far away. */
function placing(links: readonly Link[]): WrittenStatement {
  const values = links.flatMap(({ id, sequence, hash, commitments, salts }) => [
    id,
    String(sequence),
    hash,
    JSON.stringify(commitments),
    ...salts,
  ]);
  const width = values.length / links.length;
  const rows = links.map(
    (_, row) => `(${Array.from({ length: width }, (__, at) => `$${row * width + at + 1}`).join(', ')})`,
  );
  const text = `WITH link (id, sequence, hash, commitments, actor, subject, account, reason, request) AS (VALUES ${rows.join(', ')})
    UPDATE audit_event SET sequence = CAST(link.sequence AS bigint), hash = link.hash, commitments = link.commitments,
      actor_salt = link.actor, subject_salt = link.subject, account_salt = link.account, reason_salt = link.reason,
      request_salt = link.request
    FROM link WHERE audit_event.id = link.id`;
  return { text, values };
}
