/** The lines of a journal: written by journal.ts, read by it and by the command that drops keys. Pure.
 *  A line says that a try begins, what was answered (sealed), or that its answer is no longer needed. */
import type { SealPlace } from './seal.js';

/** What a try is known by; all of it is bound into the seal of its answer. */
export interface JournalKey {
  readonly attempt: string;
  readonly accountId: string;
  readonly userId: string;
  readonly providerId: string;
  readonly version: number;
}

export interface SealedAnswer extends JournalKey {
  readonly at: number;
  readonly sealed: string;
}

export interface ReadLines {
  /** Answers that nobody settled, oldest first. */
  readonly open: readonly SealedAnswer[];
  /** Tries of which nothing more stands there. */
  readonly begun: readonly JournalKey[];
  /** Lines that are none of ours: torn by a crash, or altered. */
  readonly torn: number;
}

/** What an answer is sealed for. */
export function placeOf({ attempt, accountId, userId, providerId, version }: JournalKey): SealPlace {
  const rowId = [attempt, accountId, providerId, version].join(' ');
  return { purpose: 'journal', table: 'journal', field: 'answer', rowId, userId };
}

export function beginLine({ attempt, accountId, userId, providerId, version }: JournalKey, at: number): string {
  return JSON.stringify({ attempt, accountId, userId, providerId, version, at });
}

export function answerLine({ attempt, accountId, userId, providerId, version, at, sealed }: SealedAnswer): string {
  return JSON.stringify({ attempt, accountId, userId, providerId, version, at, sealed });
}

export function settledLine(attempt: string): string {
  return JSON.stringify({ settled: attempt });
}

export function readLines(text: string): ReadLines {
  const open = new Map<string, SealedAnswer>();
  const begun = new Map<string, JournalKey>();
  let torn = 0;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const read = parse(line);
    if (read === null) torn += 1;
    else if (typeof read['settled'] === 'string') forget(read['settled']);
    else if (isAnswer(read)) {
      forget(read.attempt);
      open.set(read.attempt, read);
    } else if (isKey(read)) begun.set(read.attempt, read);
    else torn += 1;
  }
  return { open: [...open.values()], begun: [...begun.values()], torn };

  function forget(attempt: string): void {
    open.delete(attempt);
    begun.delete(attempt);
  }
}

type Members = Readonly<Record<string, unknown>>;

function parse(line: string): Members | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
}

const TEXTS = ['attempt', 'accountId', 'userId', 'providerId'] as const;

function isAnswer(members: Members): members is Members & SealedAnswer {
  return isTry(members) && typeof members['sealed'] === 'string';
}

function isKey(members: Members): members is Members & JournalKey {
  return isTry(members) && members['sealed'] === undefined;
}

function isTry(members: Members): boolean {
  const numbers = [members['version'], members['at']];
  return TEXTS.every((name) => typeof members[name] === 'string') && numbers.every(Number.isSafeInteger);
}
