/** The journals that dead instances left in a data folder: read, opened and cleared away. Called by journal.ts at the start;
 *  the command line counts in them.
 *  Must never: touch the file of an instance that lives, or delete an entry that cannot be read. */
import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ProcessLock } from '../database/process-lock.js';
import type { Logger } from '../observe/logger.js';
import { decodeRawAnswer, type RawAnswer } from '../outbound/raw-answer.js';
import { placeOf, readLines, type JournalKey, type ReadLines, type SealedAnswer } from './journal-lines.js';
import { sealedBeginning, type Sealer } from './seal.js';

export interface LeftAnswer {
  readonly key: JournalKey;
  readonly raw: RawAnswer;
}

export interface Left {
  readonly answers: readonly LeftAnswer[];
  /** Tries that died before an answer of theirs was kept: whether they were sent is not known, and nobody has their answer. */
  readonly tries: readonly JournalKey[];
}

export interface LeftJournalsParts {
  readonly folder: string;
  /** The reader's own file. */
  readonly own: string;
  readonly sealer: Pick<Sealer, 'open'>;
  readonly log: Logger;
  readonly takeLock: (file: string) => Promise<ProcessLock | null>;
  /** Takes lines over into the reader's own file; false when that did not work. */
  readonly takeOver: (lines: TakenLines) => Promise<boolean>;
}

export interface TakenLines {
  readonly answers: readonly SealedAnswer[];
  readonly tries: readonly JournalKey[];
}

const ENDING = '.jsonl';

/** Where the journals of a data folder are. */
export function journalFolderIn(dataFolder: string): string {
  return join(dataFolder, 'journal');
}

/** The file of an instance, and the lock that it holds as long as it lives. */
export function journalFile(folder: string, name: string): { readonly file: string; readonly lock: string } {
  const file = join(folder, `${name}${ENDING}`);
  return { file, lock: lockOf(file) };
}

/** Never rejects: of what cannot be read the log tells. */
export async function adoptLeftJournals(parts: LeftJournalsParts): Promise<Left> {
  const { folder, own, log, takeLock } = parts;
  const answers: LeftAnswer[] = [];
  const tries: JournalKey[] = [];
  for (const file of await journalFiles(folder)) {
    if (file === own) continue;
    try {
      const lock = await takeLock(lockOf(file));
      if (lock === null) continue; // its instance lives
      try {
        const left = await adoptFile(parts, file);
        answers.push(...left.answers);
        tries.push(...left.tries);
      } finally {
        await lock.remove();
      }
    } catch (error) {
      log.error({ event: 'refresh.journal_unreadable', file: basename(file), err: error });
    }
  }
  return { answers, tries };
}

/** Answers in the folder that nobody settled and that stand under the key: it must not be dropped before. */
export async function countJournalled(folder: string, kid: string): Promise<number> {
  const journals = await Promise.all((await journalFiles(folder)).map(readJournal));
  const open = journals.flatMap((journal) => journal.open);
  return open.filter(({ sealed }) => sealed.startsWith(sealedBeginning(kid))).length;
}

async function adoptFile({ sealer, log, takeOver }: LeftJournalsParts, file: string): Promise<Left> {
  const { open, begun, torn } = await readJournal(file);
  const opened = (await Promise.all(open.map((entry) => openEntry(sealer, entry)))).filter((one) => one !== null);
  // What our own file does not take is used from here, and stays where it is.
  const isOurs = await takeOver({ answers: opened.map(({ entry }) => entry), tries: begun });
  const unreadable = torn + open.length - opened.length;
  if (unreadable > 0) log.error({ event: 'refresh.journal_unreadable', file: basename(file), unreadable });
  if (isOurs) await (unreadable > 0 ? rename(file, `${file}.unreadable`) : rm(file, { force: true }));
  await rm(`${file}.new`, { force: true }); // half of a file that was being written anew
  return { answers: opened.map(({ entry, raw }) => ({ key: entry, raw })), tries: begun };
}

async function openEntry(
  sealer: Pick<Sealer, 'open'>,
  entry: SealedAnswer,
): Promise<{ entry: SealedAnswer; raw: RawAnswer } | null> {
  try {
    const opened = await sealer.open(entry.sealed, placeOf(entry));
    return { entry, raw: decodeRawAnswer(opened.expose()) };
  } catch {
    return null;
  }
}

async function journalFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => name.endsWith(ENDING)).map((name) => join(folder, name));
}

/** One that another start has taken up meanwhile is empty. */
async function readJournal(path: string): Promise<ReadLines> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  });
  return readLines(text);
}

function lockOf(file: string): string {
  return `${file.slice(0, -ENDING.length)}.lock`;
}
