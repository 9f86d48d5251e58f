/** Reads the events that a database keeps, oldest first: what the app was, or is to be, told. */
import type { Database } from '../../src/database/database.js';
import { AccountEventRow } from '../../src/events/account-event.entity.js';

export function storedEvents({ reader }: Pick<Database, 'reader'>, accountId?: string): Promise<AccountEventRow[]> {
  const where = accountId === undefined ? {} : { accountId };
  return reader.find(AccountEventRow, { where, order: { at: 'ASC', id: 'ASC' } });
}
