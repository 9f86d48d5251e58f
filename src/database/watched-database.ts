/** Tells what each write did, once it has ended. Called by app.ts around the database that every store gets, so that who
 *  keeps a copy of rows (recent-accounts) hears of every write of this process, whichever store it was and whoever adds
 *  the next one. Must never: tell later than the writer itself learns of the end, or leave out a write that failed (a
 *  COMMIT that was not heard of may have held). */
import type { QueryRunner } from 'typeorm';
import type { Database, Transaction, WrittenStatement } from './database.js';
import { GivenRows } from './given-rows.js';

type Hear = (statements: readonly WrittenStatement[]) => void;

export interface WriteNews {
  /** `hear` is called after each write, before the writer goes on. It must not throw. */
  onWritten(hear: Hear): void;
}

export function watchWrites<D extends Database>(database: D): D & WriteNews {
  const listeners: Hear[] = [];

  return {
    ...database,
    onWritten: (hear) => void listeners.push(hear),
    async write(work) {
      const statements: WrittenStatement[] = [];
      try {
        return await database.write((transaction) => work(noting(transaction, statements)));
      } finally {
        for (const hear of listeners) hear(statements);
      }
    },
    async writeOne(make) {
      const statements: WrittenStatement[] = [];
      try {
        return await database.writeOne(() => {
          const statement = make();
          statements.push(spelledOut(statement));
          return statement;
        });
      } finally {
        for (const hear of listeners) hear(statements);
      }
    },
  };
}

/** Every builder of the transaction sends its statements through its runner, which is this transaction's alone. */
function noting(transaction: Transaction, statements: WrittenStatement[]): Transaction {
  const runner = transaction.queryRunner;
  if (!runner) throw new Error('typeorm no longer gives a transaction a runner of its own.');
  const query: QueryRunner['query'] = runner.query.bind(runner);
  Object.assign(runner, {
    query(...statement: Parameters<QueryRunner['query']>): Promise<unknown> {
      const [text, values = []] = statement;
      if (!/^\s*SELECT\b/i.test(text)) statements.push(spelledOut({ text, values }));
      return query(...statement);
    },
  });
  return transaction;
}

/** Whoever hears of it looks for ids among the values, also where they came as rows. */
function spelledOut({ text, values }: WrittenStatement): WrittenStatement {
  return { text, values: values.flatMap((value) => (value instanceof GivenRows ? value.values() : [value])) };
}
