/** Has typeorm's builders speak over a connection that is ours. Called by open-postgres for reads (over the pool) and by
 *  postgres-transaction for writes (over one client).
 *  typeorm hands statements to whatever stands in its runner's place for a connection. Here that is a gate: it names the
 *  statements, so that they stay prepared, and it can be shut in the very moment before COMMIT or ROLLBACK is sent. */
import type { QueryResult } from 'pg';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';

export interface Statement {
  readonly text: string;
  readonly values: unknown[] | undefined;
}

/** Sends one statement. */
export type Send = (statement: Statement) => Promise<QueryResult>;

/** A manager whose every statement goes through `send`, and whose errors through `sort`. */
export function createManagerOver(
  dataSource: DataSource,
  send: Send,
  sort: (error: unknown) => unknown,
): EntityManager {
  const runner = dataSource.createQueryRunner();
  const query: QueryRunner['query'] = runner.query.bind(runner);
  Object.assign(runner, {
    databaseConnection: { query: (text: string, values?: unknown[]) => send({ text, values }) },
    // No builder opens a transaction of its own; a write is one already, and a read needs none.
    isTransactionActive: true,
    query: async (...statement: Parameters<QueryRunner['query']>): Promise<unknown> => {
      try {
        return await query(...statement);
      } catch (error) {
        throw sort(error);
      }
    },
  });
  return dataSource.createEntityManager(runner);
}
