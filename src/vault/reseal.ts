/** Seals again, under the key that seals now, every value that stands under another one. Called by the command line while
 *  gateways serve. Each value is opened, sealed, and written where it is still what was read; whoever wrote in between
 *  wins. What was done is seen on the values themselves, so that a run that was killed is simply run again, and two at
 *  once do no harm. Must never: lose a value. One that does not open stays as it is and is reported by its place. */
import type { Keyring } from './keyring.js';
import { resealCell } from './reseal-cell.js';
import type { Sealer, SealPlace } from './seal.js';
import { placeOfField, type SealedTableName } from './sealed-columns.js';
import { resealedTables, type CellChange, type SealedRow, type SealedValueStore } from './sealed-value-store.js';

export interface ResealParts {
  readonly values: SealedValueStore;
  readonly keyring: Keyring;
  readonly sealer: Sealer;
}

export interface ResealRun {
  /** Called after each batch. */
  readonly onProgress?: (progress: ResealProgress) => void;
  /** Asked after each batch; true ends the run there. */
  readonly isInterrupted?: () => boolean;
  /** Rows that are read, sealed and written together. */
  readonly batchRows?: number;
}

export interface ResealProgress {
  readonly resealed: number;
  /** Values that somebody else wrote while they were sealed. They stand under the sealing key, or come up again. */
  readonly lostRaces: number;
  readonly unreadable: readonly UnreadableValue[];
  /** What stood under another key at the start. */
  readonly total: number;
}

/** Where a value stands that does not open. Never what stands there. */
export interface UnreadableValue {
  readonly table: string;
  readonly rowId: string;
  readonly column: string;
}

/** DONE: nothing stands under another key, unless it does not open. STILL_WRITTEN: somebody goes on sealing with another
 *  key, so that the run would have no end. */
export type ResealEnd = 'DONE' | 'INTERRUPTED' | 'STILL_WRITTEN';

export interface ResealOutcome extends ResealProgress {
  readonly end: ResealEnd;
}

/** Passes over all tables. The second finds what was written during the first by a gateway that had not yet taken up the
 *  key, and the third nothing. */
const maxPasses = 5;
const defaultBatchRows = 100;

export async function reseal(parts: ResealParts, run: ResealRun = {}): Promise<ResealOutcome> {
  const { keyring, values } = parts;
  await keyring.keepUp();
  const unreadable = new Map<string, UnreadableValue>();
  const counts = { resealed: 0, lostRaces: 0, total: await countBehind(values, keyring) };
  const progress = (): ResealProgress => ({ ...counts, unreadable: [...unreadable.values()] });

  for (let pass = 1; pass <= maxPasses; pass += 1) {
    let found = 0;
    for (const table of resealedTables) {
      for await (const rows of batchesOf(table, parts, run)) {
        const changes = await resealRows(rows, parts, unreadable);
        const swapped = changes.length === 0 ? 0 : await values.swap(changes);
        counts.resealed += swapped;
        counts.lostRaces += changes.length - swapped;
        found += changes.length;
        run.onProgress?.(progress());
        if (run.isInterrupted?.()) return { ...progress(), end: 'INTERRUPTED' };
      }
    }
    if (found === 0) return { ...progress(), end: 'DONE' };
  }
  return { ...progress(), end: 'STILL_WRITTEN' };
}

async function countBehind(values: SealedValueStore, keyring: Keyring): Promise<number> {
  const { others } = await values.countUse([keyring.sealingKid]);
  return others;
}

async function* batchesOf(
  table: SealedTableName,
  { values, keyring }: ResealParts,
  { batchRows = defaultBatchRows }: ResealRun,
): AsyncGenerator<SealedRow[]> {
  for (let after: string | null = null; ;) {
    const rows: SealedRow[] = await values.pageNotUnder(keyring.sealingKid, table, { after, limit: batchRows });
    const last = rows.at(-1);
    if (!last) return;
    yield rows;
    after = last.rowId;
  }
}

async function resealRows(
  rows: readonly SealedRow[],
  parts: ResealParts,
  unreadable: Map<string, UnreadableValue>,
): Promise<CellChange[]> {
  const cells = rows.flatMap((row) => row.cells.map((cell) => ({ ...row, ...cell })));
  const changes = await Promise.all(
    cells.map(async ({ table, rowId, userId, column, content, text: from }): Promise<CellChange[]> => {
      const place = (field: string): SealPlace => placeOfField(table, field, { rowId, userId });
      const to = await resealCell(from, { content, place, ...parts });
      if (to === null) unreadable.set(`${table} ${rowId} ${column}`, { table, rowId, column });
      return to === null || to === from ? [] : [{ table, rowId, column, from, to }];
    }),
  );
  return changes.flat();
}
