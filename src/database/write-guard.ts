/** Keeps the rules that hold for a write on every database: not inside another one, and not once the database closes.
 *  Called by the writer queue of SQLite and by open-postgres. A write inside a write would wait for itself, on SQLite for
 *  the queue and on PostgreSQL for a row that the outer one holds. */
import { AsyncLocalStorage } from 'node:async_hooks';

export interface WriteGuard {
  /** Throws when it is called inside a write that is still open, and after drain(). */
  run<T>(write: () => Promise<T>): Promise<T>;
  /** The same for what can have no write inside. */
  runAlone<T>(write: () => Promise<T>): Promise<T>;
  /** Takes no more writes and resolves when those that were taken have ended. */
  drain(): Promise<void>;
}

interface OpenWrite {
  isOpen: boolean;
}

export function createWriteGuard(): WriteGuard {
  const around = new AsyncLocalStorage<OpenWrite>();
  const running = new Set<Promise<unknown>>();
  let isDraining = false;

  return {
    async run(write) {
      if (isDraining) throw new Error(closing);
      assertNotNested(around.getStore());
      const state: OpenWrite = { isOpen: true };
      const mine = around.run(state, write);
      running.add(mine);
      try {
        return await mine;
      } finally {
        state.isOpen = false;
        running.delete(mine);
        // While a store is in use Node.js 20 follows every promise of the process, which slows down all requests.
        if (running.size === 0) around.disable();
      }
    },
    async runAlone(write) {
      if (isDraining) throw new Error(closing);
      assertNotNested(around.getStore());
      const mine = write();
      running.add(mine);
      try {
        return await mine;
      } finally {
        running.delete(mine);
        if (running.size === 0) around.disable();
      }
    },
    async drain() {
      isDraining = true;
      await Promise.allSettled(running);
    },
  };
}

const closing = 'The database is closing: no write can begin any more.';

function assertNotNested(outer: OpenWrite | undefined): void {
  if (!outer?.isOpen) return;
  throw new Error(
    'Database.write was called inside another write, which would wait for itself. Hand the open transaction down instead.',
  );
}
