/** A page of a list, in the shape of a Relay connection. Called by the stores that page.
 *  A store asks for one row more than was asked of it; that row is never shown, it only says that there is a next page. */
import { fail } from '../errors.js';
import { encodeCursor } from './cursor.js';
import type { CursorPlace } from './cursor.js';

const maxPageSize = 100;

export interface PageRequest {
  /** How many rows, 1 to 100. */
  readonly first: number;
  /** The cursor after which the page begins; null for the first page. */
  readonly after: string | null;
}

interface Edge<T> {
  readonly cursor: string;
  readonly node: T;
}

export interface Page<T> {
  readonly edges: readonly Edge<T>[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
}

/** Builds the page from up to `first + 1` rows in the order of the list. */
export function toPage<T>(rows: readonly T[], { first, after }: PageRequest, place: (row: T) => CursorPlace): Page<T> {
  return {
    edges: rows.slice(0, first).map((node) => ({ cursor: encodeCursor(place(node)), node })),
    hasNextPage: rows.length > first,
    hasPreviousPage: after !== null,
  };
}

/** Throws BAD_USER_INPUT unless `first` is a whole number from 1 to 100. */
export function assertPageSize(first: number): void {
  if (Number.isInteger(first) && first >= 1 && first <= maxPageSize) return;
  fail('BAD_USER_INPUT', { field: 'first', why: `"first" must be a whole number from 1 to ${maxPageSize}.` });
}
