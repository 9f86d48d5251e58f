/** The lines of a journal: written by journal.ts, read by it and by the command that drops keys. Pure.
 *  A line says that a try begins, what was answered (sealed), or that its answer is no longer needed. */

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
  /** Lines that are none of ours: torn by a crash, or altered. */
  readonly torn: number;
}

export function beginLine(attempt: string, at: number): string {
  return JSON.stringify({ attempt, at });
}

export function answerLine({ attempt, accountId, userId, providerId, version, at, sealed }: SealedAnswer): string {
  return JSON.stringify({ attempt, accountId, userId, providerId, version, at, sealed });
}

export function settledLine(attempt: string): string {
  return JSON.stringify({ settled: attempt });
}

export function readLines(text: string): ReadLines {
  const open = new Map<string, SealedAnswer>();
  let torn = 0;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const read = parse(line);
    if (read === null) torn += 1;
    else if (typeof read['settled'] === 'string') open.delete(read['settled']);
    else if (isAnswer(read)) open.set(read.attempt, read);
    else if (typeof read['attempt'] !== 'string' || read['sealed'] !== undefined) torn += 1;
  }
  return { open: [...open.values()], torn };
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

const TEXTS = ['attempt', 'accountId', 'userId', 'providerId', 'sealed'] as const;

function isAnswer(members: Members): members is Members & SealedAnswer {
  const numbers = [members['version'], members['at']];
  return TEXTS.every((name) => typeof members[name] === 'string') && numbers.every(Number.isSafeInteger);
}
