/** One run a key at a time: whoever comes while it runs gets its promise instead of a run of their own.
 *  Called by refresh-account.ts. The run belongs to nobody who waits: one who goes away does not end it. */

export interface SingleFlight<T> {
  /** Starts `work`, or joins the run of this key that has not ended. A failure is every waiter's failure, and is not
   *  remembered. */
  run(key: string, work: () => Promise<T>): Promise<T>;
  /** Resolves when every run of this moment has ended, well or badly; for shutdown. */
  settled(): Promise<void>;
}

export function createSingleFlight<T>(): SingleFlight<T> {
  const flights = new Map<string, Promise<T>>();

  return {
    run(key, work) {
      const running = flights.get(key);
      if (running) return running;
      const flight = takeOff(work).finally(() => flights.delete(key));
      flights.set(key, flight);
      return flight;
    },
    async settled() {
      await Promise.allSettled(flights.values());
    },
  };
}

/** A `work` that throws before its first await rejects like any other. */
async function takeOff<T>(work: () => Promise<T>): Promise<T> {
  return work();
}
