/** Keeps what a token endpoint answered, sealed and on the disk, from before it is read until the vault has it: where each
 *  refresh token works once, that answer is the only copy of the new one, and a process may be killed. Opened by app.ts,
 *  used by refresh/. One file an instance, in a folder for its own user alone.
 *  Must never: hold a token unsealed, stop a start over an entry that cannot be read, or delete one. */
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Clock } from '../clock.js';
import { StartFault } from '../config/start-fault.js';
import type { Logger } from '../observe/logger.js';
import { decodeRawAnswer, encodeRawAnswer, type RawAnswer } from '../outbound/raw-answer.js';
import { Secret } from '../secret.js';
import { openJournalFile, type JournalFile } from './journal-file.js';
import {
  answerLine,
  beginLine,
  readLines,
  settledLine,
  type JournalKey,
  type ReadLines,
  type SealedAnswer,
} from './journal-lines.js';
import { sealedBeginning, type Sealer, type SealPlace } from './seal.js';

export interface Journal {
  /** Before a post. Rejects when the journal cannot be written; then nothing may be posted. */
  begin(attempt: string): Promise<void>;
  /** Resolves when the answer is on the disk; rejects when it could not be written. */
  keep(key: JournalKey, raw: RawAnswer): Promise<void>;
  isKept(attempt: string): boolean;
  /** The answer is in the vault, or of no use. Never rejects: one that looks open still is looked at once more. */
  settle(attempt: string): Promise<void>;
  /** The answers that dead instances left in the folder, which are this one's now. Of an entry that does not open the log
   *  tells, and its file is put aside. That an instance still lives does no harm: it writes its own again. */
  adopt(): Promise<LeftAnswer[]>;
  isWell(): Promise<boolean>;
  /** Answers that are kept and not settled. */
  depth(): number;
  close(): Promise<void>;
}

export interface LeftAnswer {
  readonly key: JournalKey;
  readonly raw: RawAnswer;
}

export interface JournalParts {
  readonly folder: string;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly log: Logger;
}

/** For what runs without a vault on a disk, such as tests of a part. */
export const noJournal: Journal = {
  begin: async () => undefined,
  keep: async () => undefined,
  isKept: () => false,
  settle: async () => undefined,
  adopt: async () => [],
  isWell: async () => true,
  depth: () => 0,
  close: async () => undefined,
};

/** Throws StartFault when the folder cannot be written. */
export async function openJournal({ folder, sealer, clock, log }: JournalParts): Promise<Journal> {
  /** By attempt, the line that says most of it. */
  const lines = new Map<string, string>();
  const kept = new Set<string>();
  const own = join(folder, `${randomUUID()}${ENDING}`);
  const file = await makeFile(own, () => [...lines.values()]);

  return {
    async begin(attempt) {
      const line = beginLine(attempt, clock.now());
      lines.set(attempt, line);
      await file.append(line).catch((error: unknown) => {
        lines.delete(attempt);
        throw error;
      });
    },

    async keep(key, raw) {
      const sealed = await sealer.seal(Secret.of(encodeRawAnswer(raw)), placeOf(key));
      await put({ ...key, at: clock.now(), sealed });
    },

    isKept: (attempt) => kept.has(attempt),

    async settle(attempt) {
      if (!lines.delete(attempt)) return;
      kept.delete(attempt);
      await file.append(settledLine(attempt), 'soon').catch(() => undefined);
    },

    async adopt() {
      const left: LeftAnswer[] = [];
      for (const path of await journalFiles(folder)) if (path !== own) left.push(...(await adoptFile(path)));
      return left;
    },

    isWell: () => file.isWell(),
    depth: () => kept.size,
    close: () => file.close(),
  };

  async function put(entry: SealedAnswer): Promise<void> {
    const line = answerLine(entry);
    const before = lines.get(entry.attempt);
    lines.set(entry.attempt, line);
    await file.append(line).catch((error: unknown) => {
      if (before === undefined) lines.delete(entry.attempt);
      else lines.set(entry.attempt, before);
      throw error;
    });
    kept.add(entry.attempt);
  }

  async function adoptFile(path: string): Promise<LeftAnswer[]> {
    try {
      const { open, torn } = await readJournal(path);
      const left = (await Promise.all(open.map(openEntry))).filter((one) => one !== null);
      // What our own file does not take is used from here, and stays where it is.
      const isOurs = await Promise.all(left.map(({ entry }) => put(entry))).then(
        () => true,
        () => false,
      );
      const unreadable = torn + open.length - left.length;
      if (unreadable > 0) log.error({ event: 'refresh.journal_unreadable', file: basename(path), unreadable });
      if (isOurs) await (unreadable > 0 ? rename(path, `${path}.unreadable`) : rm(path, { force: true }));
      return left.map(({ entry, raw }) => ({ key: entry, raw }));
    } catch (error) {
      log.error({ event: 'refresh.journal_unreadable', file: basename(path), err: error });
      return [];
    }
  }

  async function openEntry(entry: SealedAnswer): Promise<{ entry: SealedAnswer; raw: RawAnswer } | null> {
    try {
      const opened = await sealer.open(entry.sealed, placeOf(entry));
      return { entry, raw: decodeRawAnswer(opened.expose()) };
    } catch {
      return null;
    }
  }
}

/** Where the journals of a data folder are. */
export function journalFolderIn(dataFolder: string): string {
  return join(dataFolder, 'journal');
}

/** Answers in the folder that nobody settled and that stand under the key: it must not be dropped before. */
export async function countJournalled(folder: string, kid: string): Promise<number> {
  const journals = await Promise.all((await journalFiles(folder)).map(readJournal));
  const open = journals.flatMap((journal) => journal.open);
  return open.filter(({ sealed }) => sealed.startsWith(sealedBeginning(kid))).length;
}

const ENDING = '.jsonl';

async function makeFile(path: string, stillOpen: () => readonly string[]): Promise<JournalFile> {
  const folder = join(path, '..');
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
    return await openJournalFile({ path, stillOpen });
  } catch (cause) {
    throw new StartFault(
      `The journal's folder ${folder} cannot be written; let LATCHKEY_DATA_FOLDER name a folder that this user may write, on a disk that stays.`,
      { cause },
    );
  }
}

async function journalFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => name.endsWith(ENDING)).map((name) => join(folder, name));
}

async function readJournal(path: string): Promise<ReadLines> {
  return readLines(await readFile(path, 'utf8'));
}

function placeOf({ attempt, accountId, userId, providerId, version }: JournalKey): SealPlace {
  const rowId = [attempt, accountId, providerId, version].join(' ');
  return { purpose: 'journal', table: 'journal', field: 'answer', rowId, userId };
}
