/** The one place that reads and writes incidents of providers. Called by incidents.ts and, for admins, by graphql.
 *  While one is open there is no other with its provider and cause, whichever instances write at the same time. */
import { IsNull, MoreThan, Not } from 'typeorm';
import type { Clock } from '../clock.js';
import type { Database, Transaction } from '../database/database.js';
import { newId } from '../database/new-id.js';
import { readPage } from '../database/read-page.js';
import type { Page, PageRequest } from '../database/page.js';
import { ProviderIncidentRow, type IncidentCause } from './provider-incident.entity.js';

export interface ProviderIncident {
  /** Begins with inc_. */
  readonly id: string;
  readonly providerId: string;
  readonly cause: IncidentCause;
  readonly openedAt: number;
  readonly lastSeenAt: number;
  readonly closedAt: number | null;
  readonly accounts: number;
  readonly failures: number;
}

export interface IncidentKey {
  readonly providerId: string;
  readonly cause: IncidentCause;
}

export interface IncidentPageRequest extends PageRequest {
  /** Null for those that are open and those that are not. */
  readonly isOpen: boolean | null;
}

export interface IncidentStore {
  /** Adds to the incident that is open, or opens one; one that was closed a moment ago goes on. Answers whether it was
   *  opened by this. */
  note(transaction: Transaction, key: IncidentKey, seen: SeenFailures): Promise<boolean>;
  /** With `unseenMs` only one that nobody has added to for so long. Answers whether there was one. */
  close(
    transaction: Transaction,
    key: IncidentKey,
    how: { readonly at: number; readonly unseenMs?: number },
  ): Promise<boolean>;
  openOnes(): Promise<readonly ProviderIncident[]>;
  /** Newest first. Throws BAD_USER_INPUT for a page size outside 1 to 100 or a cursor that is none. */
  page(request: IncidentPageRequest): Promise<Page<ProviderIncident>>;
}

export interface SeenFailures {
  readonly at: number;
  readonly accounts: number;
  readonly failures: number;
}

/** A fault that comes and goes is one incident. */
const GOES_ON_MS = 5 * 60_000;

export function createIncidentStore({ database, clock }: { database: Database; clock: Clock }): IncidentStore {
  const { reader } = database;

  return {
    async note(transaction, key, seen) {
      if (await add(transaction, key, seen)) return false;
      if (await reopen(transaction, key, seen.at)) return (await add(transaction, key, seen), true);
      const { at, ...counts } = seen;
      const row = { id: newId('inc', clock), ...key, openKey: keyOf(key), openedAt: at, lastSeenAt: at, ...counts };
      const insert = transaction.createQueryBuilder().insert().into(ProviderIncidentRow);
      await insert
        .values({ ...row, closedAt: null })
        .orIgnore()
        .execute();
      const isOurs = await transaction.existsBy(ProviderIncidentRow, { id: row.id });
      // Another instance came first.
      return isOurs || (await add(transaction, key, seen), false);
    },

    async close(transaction, key, { at, unseenMs }) {
      const { affected } = await transaction
        .createQueryBuilder()
        .update(ProviderIncidentRow)
        .set({ openKey: null, closedAt: at })
        .where('open_key = :openKey AND last_seen_at <= :unseenSince', {
          openKey: keyOf(key),
          unseenSince: unseenMs === undefined ? Number.MAX_SAFE_INTEGER : at - unseenMs,
        })
        .execute();
      return affected === 1;
    },

    async openOnes() {
      const rows = await reader.findBy(ProviderIncidentRow, { openKey: Not(IsNull()) });
      return rows.map(toIncident);
    },

    async page({ isOpen, ...request }) {
      const query = reader.createQueryBuilder(ProviderIncidentRow, 'incident');
      if (isOpen !== null) query.where(`incident.openKey IS ${isOpen ? 'NOT NULL' : 'NULL'}`);
      return readPage(query, request, { by: 'openedAt', order: 'DESC', read: toIncident });
    },
  };
}

async function add(
  transaction: Transaction,
  key: IncidentKey,
  { at, accounts, failures }: SeenFailures,
): Promise<boolean> {
  const { affected } = await transaction
    .createQueryBuilder()
    .update(ProviderIncidentRow)
    .set({
      lastSeenAt: at,
      accounts: () => 'accounts + :accounts',
      failures: () => 'failures + :failures',
    })
    .where('open_key = :openKey', { openKey: keyOf(key), accounts, failures })
    .execute();
  return affected === 1;
}

async function reopen(transaction: Transaction, key: IncidentKey, at: number): Promise<boolean> {
  const [last] = await transaction.find(ProviderIncidentRow, {
    where: { ...key, closedAt: MoreThan(at - GOES_ON_MS) },
    order: { closedAt: 'DESC' },
    take: 1,
  });
  if (!last) return false;
  const again = { openKey: keyOf(key), closedAt: null };
  const { affected } = await transaction.update(ProviderIncidentRow, { id: last.id, openKey: IsNull() }, again);
  return affected === 1;
}

function keyOf({ providerId, cause }: IncidentKey): string {
  return `${providerId} ${cause}`;
}

function toIncident(row: ProviderIncidentRow): ProviderIncident {
  const { id, providerId, cause, openedAt, lastSeenAt, closedAt, accounts, failures } = row;
  return { id, providerId, cause, openedAt, lastSeenAt, closedAt, accounts, failures };
}
