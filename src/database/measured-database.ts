/** Measures how long writes wait before they begin: on SQLite for the write before, on PostgreSQL for a connection. Called by
 *  app.ts around the database that every store gets; without metrics it changes nothing. */
import type { Clock } from '../clock.js';
import type { Metrics } from '../observe/measures.js';
import type { DatabaseLoad } from '../observe/scrape-reader.js';
import type { Database, Transaction } from './database.js';

export interface MeasuredDatabase extends Database {
  /** What waits and what is busy at this moment. */
  load(): DatabaseLoad;
}

export function measureDatabase(
  database: Database,
  { metrics, clock }: { readonly metrics: Pick<Metrics, 'writeBegan'>; readonly clock: Clock },
): MeasuredDatabase {
  let writesWaiting = 0;

  return {
    ...database,
    async write(work) {
      const began = noteWait();
      try {
        return await database.write(beginning(work, began));
      } finally {
        began(); // where it failed before it began
      }
    },
    async writeOne(make) {
      const began = noteWait();
      try {
        return await database.writeOne(() => {
          began();
          return make();
        });
      } finally {
        began();
      }
    },
    load: () => ({ writesWaiting, connections: connectionsOf(database) }),
  };

  /** The returned function ends the wait, once. */
  function noteWait(): () => void {
    const since = clock.monotonic();
    let isWaiting = true;
    writesWaiting += 1;
    return () => {
      if (!isWaiting) return;
      isWaiting = false;
      writesWaiting -= 1;
      metrics.writeBegan({ waitedMs: clock.monotonic() - since });
    };
  }
}

type Work<T> = (transaction: Transaction) => Promise<T>;

/** Work that is done again after a deadlock has begun before. */
function beginning<T>(work: Work<T>, began: () => void): Work<T> {
  return (transaction) => {
    began();
    return work(transaction);
  };
}

function connectionsOf({ pool }: Database): DatabaseLoad['connections'] {
  if (!pool) return null;
  const { totalCount, idleCount, waitingCount } = pool;
  return { busy: totalCount - idleCount, idle: idleCount, awaited: waitingCount };
}
