/** Keeps what a token endpoint answered, sealed and on the disk, from before it is read until the vault has it: where each
 *  refresh token works once, that answer is the only copy of the new one, and a process may be killed. Opened by app.ts,
 *  used by refresh/. One file an instance, in a folder for its own user alone, and a lock that says that it lives.
 *  Must never: hold a token unsealed, or stop a start over an entry that cannot be read. */
import { randomUUID } from 'node:crypto';
import { chmod, mkdir } from 'node:fs/promises';
import type { Clock } from '../clock.js';
import { StartFault } from '../config/start-fault.js';
import { takeProcessLock } from '../database/process-lock.js';
import type { Logger } from '../observe/logger.js';
import { encodeRawAnswer, type RawAnswer } from '../outbound/raw-answer.js';
import { Secret } from '../secret.js';
import { openJournalFile } from './journal-file.js';
import { answerLine, beginLine, placeOf, settledLine, type JournalKey, type SealedAnswer } from './journal-lines.js';
import { adoptLeftJournals, journalFile, type Left } from './left-journals.js';
import type { Sealer } from './seal.js';

export interface Journal {
  /** Before a try is noted and posted. Rejects when the journal cannot be written; then nothing may be posted. */
  begin(key: JournalKey): Promise<void>;
  /** Resolves when the answer is on the disk; rejects when it could not be written. */
  keep(key: JournalKey, raw: RawAnswer): Promise<void>;
  isKept(attempt: string): boolean;
  /** The answer is in the vault, or of no use. Never rejects: one that looks open still is looked at once more. */
  settle(attempt: string): Promise<void>;
  /** What dead instances left in the folder, which is this one's from now on, until it is settled. Of an entry that does
   *  not open the log tells, and its file is put aside. */
  adopt(): Promise<Left>;
  isWell(): Promise<boolean>;
  /** Answers that are kept and not settled. */
  depth(): number;
  close(): Promise<void>;
}

export interface JournalParts {
  readonly folder: string;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly log: Logger;
  /** Tests let an instance die by giving its lock away. */
  readonly takeLock?: typeof takeProcessLock;
}

/** For what runs without a vault on a disk, such as tests of a part. */
export const noJournal: Journal = {
  begin: async () => undefined,
  keep: async () => undefined,
  isKept: () => false,
  settle: async () => undefined,
  adopt: async () => ({ answers: [], tries: [] }),
  isWell: async () => true,
  depth: () => 0,
  close: async () => undefined,
};

/** Throws StartFault when the folder cannot be written. */
export async function openJournal(parts: JournalParts): Promise<Journal> {
  const { folder, sealer, clock, log, takeLock = takeProcessLock } = parts;
  /** By attempt, the line that says most of it. */
  const lines = new Map<string, string>();
  const kept = new Set<string>();
  const own = journalFile(folder, randomUUID());
  const stillOpen = () => [...lines.values()];
  const lock = await inFolder(folder, () => takeLock(own.lock)); // first: a file without one is a dead instance's
  const file = await inFolder(folder, () => openJournalFile({ path: own.file, stillOpen })).catch(
    async (error: unknown) => {
      await lock?.release();
      throw error;
    },
  );

  return {
    begin: (key) => put(key.attempt, beginLine(key, clock.now())),

    async keep(key, raw) {
      const sealed = await sealer.seal(Secret.of(encodeRawAnswer(raw)), placeOf(key));
      await putAnswer({ ...key, at: clock.now(), sealed });
    },

    isKept: (attempt) => kept.has(attempt),

    async settle(attempt) {
      if (!lines.delete(attempt)) return;
      kept.delete(attempt);
      await file.append(settledLine(attempt), 'soon').catch(() => undefined);
    },

    adopt: () =>
      adoptLeftJournals({
        folder,
        own: own.file,
        sealer,
        log,
        takeLock,
        takeOver: ({ answers, tries }) =>
          Promise.all([
            ...answers.map(putAnswer),
            ...tries.map((key) => put(key.attempt, beginLine(key, clock.now()))),
          ]).then(
            () => true,
            () => false,
          ),
      }),

    isWell: () => file.isWell(),
    depth: () => kept.size,
    async close() {
      await file.close();
      await (lines.size === 0 ? lock?.remove() : lock?.release());
    },
  };

  async function putAnswer(entry: SealedAnswer): Promise<void> {
    await put(entry.attempt, answerLine(entry));
    kept.add(entry.attempt);
  }

  async function put(attempt: string, line: string): Promise<void> {
    const before = lines.get(attempt);
    lines.set(attempt, line);
    await file.append(line).catch((error: unknown) => {
      if (before === undefined) lines.delete(attempt);
      else lines.set(attempt, before);
      throw error;
    });
  }
}

async function inFolder<T>(folder: string, open: () => Promise<T>): Promise<T> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
    return await open();
  } catch (cause) {
    throw new StartFault(
      `The journal's folder ${folder} cannot be written; let LATCHKEY_DATA_FOLDER name a folder that this user may write, on a disk that stays.`,
      { cause },
    );
  }
}
