/** The database's own clock, as SQL that gives epoch milliseconds. Named by stores whose leases several processes compare:
 *  their machines' clocks differ, the database has one. */
import type { EntityManager } from 'typeorm';

export function databaseTime({ connection }: EntityManager): string {
  return connection.options.type === 'postgres'
    ? 'CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)' // now() stands still inside a transaction
    : `CAST(unixepoch('subsec') * 1000 AS integer)`;
}
