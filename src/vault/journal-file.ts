/** A file that lines are appended to, and that is empty again once none of them matters. Made by journal.ts.
 *  Lines that come together share one write and one flush. Somebody who takes the file away (another instance that takes
 *  this one for dead) takes nothing: what still matters is written anew.
 *  Must never: say that a line is kept before it is on the disk, or cut a line off that somebody else may need. */
import { open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface JournalFile {
  /** Resolves when the line is on the disk; of one that is not `durable`, when the system has it. Rejects when it could
   *  not be written: then it is not in the file. */
  append(line: string, how?: 'durable' | 'soon'): Promise<void>;
  /** Whether lines can be appended now. After one that could not be, that is tried. */
  isWell(): Promise<boolean>;
  /** Deletes the file where nothing in it matters. */
  close(): Promise<void>;
}

export interface JournalFileParts {
  readonly path: string;
  /** The lines that still matter, also those that are being written. */
  readonly stillOpen: () => readonly string[];
  /** A file that has grown past this is written anew with what matters. */
  readonly maxBytes?: number;
}

interface Waiting {
  readonly line: string;
  readonly isDurable: boolean;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const usualMaxBytes = 8 * 1024 * 1024;

/** Throws what the file system says when it cannot be made. */
export async function openJournalFile(parts: JournalFileParts): Promise<JournalFile> {
  const { path, stillOpen, maxBytes = usualMaxBytes } = parts;
  let handle = await make(path);
  let size = 0;
  let hasFailed = false;
  let isClosed = false;
  let waiting: Waiting[] = [];
  let running: Promise<void> | null = null;

  const append: JournalFile['append'] = (line, how = 'durable') =>
    new Promise((resolve, reject) => {
      if (isClosed) return reject(new Error('The journal is closed.'));
      waiting.push({ line, isDurable: how === 'durable', resolve, reject });
      running ??= writeAll();
    });

  return {
    append,
    async isWell() {
      try {
        if (hasFailed || !(await isAt(path, handle))) await append('');
        return !isClosed && (await isAt(path, handle));
      } catch {
        return false;
      }
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      await running;
      await handle.close();
      if (stillOpen().length === 0) await rm(path, { force: true });
    },
  };

  async function writeAll(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        await writeBatch(batch);
        hasFailed = false;
        for (const { resolve } of batch) resolve();
      } catch (error) {
        hasFailed = true;
        await handle.truncate(size).catch(() => undefined); // half a line would spoil the next
        for (const { reject } of batch) reject(error);
      }
      await tidy().catch(() => undefined); // what is left in the file is settled, and harmless
    }
    running = null;
  }

  async function writeBatch(batch: readonly Waiting[]): Promise<void> {
    const text = batch.map(({ line }) => `${line}\n`).join('');
    await handle.appendFile(text); // not write(), which calls a part that a full disk took a success
    if (batch.some(({ isDurable }) => isDurable)) await handle.datasync();
    size += Buffer.byteLength(text);
    // Looked at last: from here on the lines stand in a file that has this name.
    if (!(await isAt(path, handle))) await replace(path, 'there is none');
  }

  async function tidy(): Promise<void> {
    if (size === 0) return;
    if (stillOpen().length === 0) {
      await handle.truncate(0);
      size = 0;
    } else if (size > maxBytes) await replace(`${path}.new`, 'move it over');
  }

  /** Writes what matters into a new file, and goes on with that one. */
  async function replace(place: string, how: 'there is none' | 'move it over'): Promise<void> {
    const next = await make(place);
    try {
      const text = stillOpen()
        .map((line) => `${line}\n`)
        .join('');
      await next.writeFile(text);
      await next.datasync();
      if (how === 'move it over') await rename(place, path);
      await flushFolder(path);
      await handle.close().catch(() => undefined);
      [handle, size] = [next, Buffer.byteLength(text)];
    } catch (error) {
      await next.close().catch(() => undefined);
      await rm(place, { force: true });
      throw error;
    }
  }
}

async function make(path: string): Promise<FileHandle> {
  const handle = await open(path, 'ax', 0o600);
  await flushFolder(path);
  return handle;
}

async function isAt(path: string, handle: FileHandle): Promise<boolean> {
  const [named, ours] = await Promise.all([
    stat(path, { bigint: true }).catch(() => null),
    handle.stat({ bigint: true }),
  ]);
  return named !== null && named.ino === ours.ino && named.dev === ours.dev;
}

/** So that the name outlives a power loss too. A folder cannot be opened everywhere. */
async function flushFolder(path: string): Promise<void> {
  const handle = await open(dirname(path), 'r').catch(() => null);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
