/** How values stand in columns on both databases: times as bigint, lists of texts as JSON.
 *  Named by the @Column decorators of every *.entity.ts, nowhere else. Nothing here rounds, guesses or repairs: a value
 *  that does not read back as what was written is a fault. */
import type { ValueTransformer } from 'typeorm';

/** Epoch milliseconds. PostgreSQL hands a bigint over as text, SQLite as a number; both come out as a number. */
export const epochMs: ValueTransformer = {
  to: (value: unknown) => value,
  from: (stored: unknown) => (stored === null || stored === undefined ? null : readEpochMs(stored)),
};

/** A whole number that may outgrow 32 bits, such as a place in a list that only grows. */
export const wholeNumber: ValueTransformer = {
  to: (value: unknown) => value,
  from: (stored: unknown) => (stored === null || stored === undefined ? null : readWholeNumber(stored)),
};

/** A list of texts, such as scopes, as a JSON array. */
export const textList: ValueTransformer = {
  to: (value: unknown) => (Array.isArray(value) ? JSON.stringify(value) : value),
  from: (stored: unknown) => readTextList(stored),
};

/** The same where there may be none yet. */
export const textListOrNull: ValueTransformer = {
  to: textList.to,
  from: (stored: unknown) => (stored === null || stored === undefined ? null : readTextList(stored)),
};

/** An object that is read and written whole, such as what overrides a policy. What is in it is checked where it is made. */
export const jsonObject: ValueTransformer = {
  to: (value: unknown) => (typeof value === 'object' && value !== null ? JSON.stringify(value) : value),
  from: (stored: unknown) => (stored === null || stored === undefined ? null : readJsonObject(stored)),
};

function readEpochMs(stored: unknown): number {
  const time = Number(stored);
  if (!Number.isSafeInteger(time)) throw new Error('A time column holds something that is not a whole number.');
  return time;
}

function readWholeNumber(stored: unknown): number {
  const number = Number(stored);
  if (!Number.isSafeInteger(number)) throw new Error('A number column holds something that is not a whole number.');
  return number;
}

function readTextList(stored: unknown): readonly string[] {
  const list: unknown = typeof stored === 'string' ? JSON.parse(stored) : undefined;
  if (Array.isArray(list) && list.every((item) => typeof item === 'string')) return list;
  throw new Error('A list column holds something that is not a JSON array of texts.');
}

function readJsonObject(stored: unknown): object {
  const value: unknown = typeof stored === 'string' ? JSON.parse(stored) : undefined;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new Error('An object column holds something that is not a JSON object.');
}
