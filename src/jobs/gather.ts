/** Writes many things in few statements: what comes while a write is under way goes out together, in the next. Called for
 *  alarms that are set and for their runs that end. What comes alone is written at once. */

export interface Gather<Item> {
  /** Resolves when the write that took the item is over; rejects with its failure. */
  add(item: Item): Promise<void>;
  /** Resolves when everything of this moment is written, or has failed. */
  settled(): Promise<void>;
}

/** In one statement. */
const MOST_AT_ONCE = 500;

/** Of several items with one key that wait together, the last is written. */
export function createGather<Item>(options: {
  readonly keyOf: (item: Item) => string;
  readonly write: (items: readonly Item[]) => Promise<void>;
}): Gather<Item> {
  const { keyOf, write } = options;
  let waiting = new Map<string, Item>();
  let next: Promise<void> | null = null;
  let last: Promise<void> = Promise.resolve();

  return {
    add(item) {
      waiting.set(keyOf(item), item);
      if (next) return next;
      const mine = last.then(() => {
        next = null;
        return writeWaiting();
      });
      next = mine;
      last = mine.catch(() => undefined);
      return mine;
    },
    settled: () => last,
  };

  async function writeWaiting(): Promise<void> {
    const items = [...waiting.values()];
    waiting = new Map();
    for (let from = 0; from < items.length; from += MOST_AT_ONCE) await write(items.slice(from, from + MOST_AT_ONCE));
  }
}
