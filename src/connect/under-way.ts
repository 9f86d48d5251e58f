/** Knows which calls have begun and not ended, so that a stop can wait for them. Called by create-connect.ts.
 *  A person who goes away does not end what they began: its code is spent, and only its end says what became of it. */

export interface UnderWay {
  /** The same function, its calls counted until they end. */
  track<Given extends readonly unknown[], Result>(
    call: (...given: Given) => Promise<Result>,
  ): (...given: Given) => Promise<Result>;
  /** Resolves when every call of this moment has ended, well or badly. */
  settled(): Promise<void>;
}

export function createUnderWay(): UnderWay {
  const calls = new Set<Promise<unknown>>();

  return {
    track:
      (call) =>
      async (...given) => {
        const running = call(...given);
        calls.add(running);
        try {
          return await running;
        } finally {
          calls.delete(running);
        }
      },
    async settled() {
      await Promise.allSettled(calls);
    },
  };
}
