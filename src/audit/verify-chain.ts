/** Walks a chain of the audit and tells every place where it does not hold: against itself, and against checkpoints that were
 *  taken out of the database's reach. Pure; called by the command line for an export and for a database.
 *  What it cannot tell: that rows were cut off which came after the last checkpoint, and what stood in a value that was
 *  erased. Must never: take the word of a row for its own hash. */
import type { Checkpoint } from './checkpoint.js';
import {
  beginningOf,
  commitTo,
  contentOf,
  linkAfter,
  personalFields,
  type ChainedFacts,
  type PersonalField,
} from './commitments.js';

export interface ChainStart {
  readonly chain: string;
  /** The row before the first one, and its hash; 0 and the chain's beginning where no row was taken from the front. */
  readonly sequence: number;
  readonly hash: string;
}

interface Linked {
  readonly sequence: number;
  readonly hash: string;
}

/** A value is missing here once it was erased. */
export interface OpenRow extends Linked, ChainedFacts {
  readonly values: Partial<Record<PersonalField, SaltedValue>>;
}

export interface SaltedValue {
  readonly value: string | null;
  /** Null proves nothing: a value without its salt was put there later. */
  readonly salt: string | null;
}

/** A row of whom an export is not about: its place can be checked, and nothing of it is told. */
export interface ClosedRow extends Linked {
  readonly content: string;
}

export type ProvenRow = OpenRow | ClosedRow;

const faultKinds = {
  CHANGED: 'is not what was chained, or not linked to the row before it: one of the two was changed or put here',
  MISSING: 'is not there: it was deleted',
  MOVED: 'stands after one that follows it: rows were put in another order, or one is there twice',
  CUT_FRONT: 'is the first, and no checkpoint says that the chain may begin there: rows before it were deleted',
  CUT_TAIL: 'was signed, and the rows end before it: they were cut off, or the checkpoint is younger than the export',
  REWRITTEN: 'has another hash than was signed: the chain was made anew',
  OTHER_CHAIN: 'was signed for another chain: the checkpoint is that of another vault, or the chain was begun anew',
} as const;

export type FaultKind = keyof typeof faultKinds;

export interface ChainFault {
  readonly kind: FaultKind;
  readonly sequence: number;
  readonly sentence: string;
}

export interface ChainReport {
  readonly chain: string;
  readonly rows: number;
  /** The place of the last row; that before the first where there is none. */
  readonly last: number;
  readonly lastHash: string;
  /** Values that were erased. Each should be known from an act that erased a user. */
  readonly erasedValues: number;
  /** The last place that a checkpoint vouches for; null where none does. */
  readonly signedUpTo: number | null;
  /** The first of them. */
  readonly faults: readonly ChainFault[];
  readonly faultCount: number;
}

export interface VerifyOptions {
  readonly start: ChainStart;
  /** Those whose signature was checked, in any order. */
  readonly checkpoints: readonly Checkpoint[];
  /** Where the rows are said to end; null where nothing is said. */
  readonly end: Linked | null;
  readonly onRow?: (sequence: number) => void;
}

const MOST_FAULTS = 20;

export async function verifyChain(rows: AsyncIterable<ProvenRow>, options: VerifyOptions): Promise<ChainReport> {
  const { start, end, onRow } = options;
  const faults: ChainFault[] = [];
  let faultCount = 0;
  const signed = signedPlaces(options, tell);
  let previous: Linked = start;
  let signedUpTo: number | null = null;
  let count = 0;
  let erasedValues = 0;

  checkStart();
  check(start);
  for await (const row of rows) {
    count += 1;
    onRow?.(row.sequence);
    const { sequence } = row;
    if (sequence <= previous.sequence) {
      tell('MOVED', sequence);
      continue;
    }
    const isNext = sequence === previous.sequence + 1;
    if (!isNext) tell('MISSING', previous.sequence + 1);
    const content = 'content' in row ? row.content : contentOf(row);
    const isLinked = !isNext || linkAfter(previous.hash, sequence, content) === row.hash;
    if (!isLinked || !fitsCommitments(row)) tell('CHANGED', sequence);
    erasedValues += 'content' in row ? 0 : personalFields.filter((field) => !row.values[field]).length;
    check(row);
    previous = row;
  }
  if (end && end.sequence > previous.sequence) tell('CUT_TAIL', end.sequence);
  else if (end && end.hash !== previous.hash) tell('CHANGED', previous.sequence);
  for (const sequence of signed.keys()) if (sequence > previous.sequence) tell('CUT_TAIL', sequence);
  const { sequence: last, hash: lastHash } = previous;
  return { chain: start.chain, rows: count, last, lastHash, erasedValues, signedUpTo, faults, faultCount };

  function tell(kind: FaultKind, sequence: number): void {
    faultCount += 1;
    if (faults.length < MOST_FAULTS) faults.push({ kind, sequence, sentence: `Row ${sequence} ${faultKinds[kind]}.` });
  }

  function checkStart(): void {
    const isWhole = start.sequence === 0 && start.hash === beginningOf(start.chain);
    const isVouchedFor = start.sequence > 0 && signed.get(start.sequence)?.has(start.hash);
    if (!isWhole && !isVouchedFor) tell('CUT_FRONT', start.sequence + 1);
  }

  function check({ sequence, hash }: Linked): void {
    const hashes = signed.get(sequence);
    if (!hashes) return;
    if (hashes.size > 1 || !hashes.has(hash)) tell('REWRITTEN', sequence);
    else signedUpTo = Math.max(signedUpTo ?? 0, sequence);
  }
}

/** The hashes that were signed for each place; two for one place are a rewriting too. */
function signedPlaces(
  { start, checkpoints }: VerifyOptions,
  tell: (kind: FaultKind, sequence: number) => void,
): ReadonlyMap<number, ReadonlySet<string>> {
  const places = new Map<number, Set<string>>();
  for (const { chain, sequence, hash } of checkpoints) {
    if (chain !== start.chain) tell('OTHER_CHAIN', sequence);
    else if (sequence >= start.sequence) places.set(sequence, (places.get(sequence) ?? new Set()).add(hash));
  }
  return places;
}

function fitsCommitments(row: ProvenRow): boolean {
  if ('content' in row) return true;
  if (row.commitments.length !== personalFields.length) return false;
  return personalFields.every((field, at) => {
    const given = row.values[field];
    return !given || (given.salt !== null && commitTo(field, given.value, given.salt) === row.commitments[at]);
  });
}
