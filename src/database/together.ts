/** Does in one go what comes at the same time, so that a hundred refreshes share one statement, one transaction and one
 *  flush to the disk. Called by the stores and by refresh/ for what every refresh reads and writes. What comes alone is
 *  done at once; what comes while one goes is done in the next.
 *  Whoever waited goes on in a turn of the event loop of their own: what a hundred do next must not keep a request waiting. */
import { setImmediate as nextTurn } from 'node:timers/promises';

export interface Together<Item, Result> {
  /** Resolves to the result of this item; rejects with the failure of all that were done with it. */
  add(item: Item): Promise<Result>;
}

export interface TogetherParts<Item, Result> {
  /** How many at once. */
  readonly most: number;
  /** Resolves to one result an item, in their order. */
  readonly run: (items: readonly Item[]) => Promise<readonly Result[]>;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

export function createTogether<Item, Result>({ most, run }: TogetherParts<Item, Result>): Together<Item, Result> {
  let waiting: Waiting<Item, Result>[] = [];
  let isRunning = false;

  return {
    add: (item) =>
      new Promise((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        if (!isRunning) void runAll();
      }),
  };

  async function runAll(): Promise<void> {
    isRunning = true;
    await nextTurn(); // what else comes in this one
    while (waiting.length > 0) {
      const lot = waiting.slice(0, most);
      waiting = waiting.slice(most);
      await runLot(lot);
    }
    isRunning = false;
  }

  async function runLot(lot: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await run(lot.map(({ item }) => item));
      if (results.length !== lot.length)
        throw new Error(`${results.length} results of ${lot.length} things done together`);
      void goOn(lot, results);
    } catch (error) {
      for (const { reject } of lot) reject(error);
    }
  }

  async function goOn(lot: readonly Waiting<Item, Result>[], results: readonly Result[]): Promise<void> {
    for (const [at, result] of results.entries()) {
      lot[at]?.resolve(result);
      await nextTurn();
    }
  }
}
