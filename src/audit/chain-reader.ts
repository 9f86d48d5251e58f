/** Reads the chained rows in their order, with what proves them. Called by the command line, for exports and checks. */
import type { Database } from '../database/database.js';
import { AuditEventRow } from './audit-event.entity.js';
import { ERASED } from './audit-event.js';
import { saltColumns } from './chain-store.js';
import { personalFields } from './commitments.js';
import type { OpenRow, SaltedValue } from './verify-chain.js';

const AT_ONCE = 1_000;

/** Of those after this place. Rows that are chained meanwhile come too. */
export async function* readChain({ reader }: Pick<Database, 'reader'>, after: number): AsyncGenerator<OpenRow> {
  for (let place = after; ;) {
    const rows = await reader
      .createQueryBuilder(AuditEventRow, 'event')
      .where('event.sequence > :place', { place })
      .orderBy('event.sequence', 'ASC')
      .limit(AT_ONCE)
      .getMany();
    for (const row of rows) {
      place = row.sequence ?? place;
      yield toOpenRow(row, place);
    }
    if (rows.length < AT_ONCE) return;
  }
}

function toOpenRow(row: AuditEventRow, sequence: number): OpenRow {
  const { id, at, action, outcome, commitments, hash } = row;
  const values = Object.fromEntries(
    personalFields
      .map((field) => [field, { value: row[field], salt: row[saltColumns[field]] }] as const)
      .filter(([, value]) => !isErased(value)),
  );
  return { sequence, id, at, action, outcome, commitments: commitments ?? [], hash: hash ?? '', values };
}

/** A value that has no salt and yet says something was put there later, and is told. */
function isErased({ value, salt }: SaltedValue): boolean {
  return salt === null && (value === null || value === ERASED);
}
