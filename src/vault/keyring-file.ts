/** The file that the keyring stands in: read by the gateway and the command line, changed by the command line alone.
 *  A change is whole or not there: written beside the file, flushed, and moved over it. The file beside is also the lock,
 *  since of two changes at once one would be lost, and with it a key that may have sealed already.
 *  Must never: leave a keyring that does not read, that its owner can no longer read, or that others can. */
import { open, readFile, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { explainFaults } from '../config/explain-faults.js';
import { StartFault } from '../config/start-fault.js';
import { Secret } from '../secret.js';
import { readKeyringText, writeKeyringText, type KeyringText } from './keyring-text.js';

/** Where a live keyring looks whether it is still what it was. */
export interface KeyringSource {
  /** Differs whenever the file was written or replaced since. Never rejects: a file that is gone has a stamp too. */
  stamp(): Promise<string>;
  /** Throws StartFault. */
  read(): Promise<Secret>;
}

export function keyringFile(path: string): KeyringSource {
  return { stamp: () => stampOf(path), read: () => readText(path) };
}

/** Reads, changes and replaces the file. Its owner and group stay; nobody else may read it afterwards. The new keyring.
 *  Throws StartFault, and then the file is what it was. */
export async function changeKeyringFile(
  path: string,
  change: (text: KeyringText) => KeyringText | Promise<KeyringText>,
): Promise<KeyringText> {
  const file = await realpath(path).catch((error: unknown) => refuse(path, error)); // a link stays a link
  const beside = `${file}.new`;
  const handle = await open(beside, 'wx', 0o600).catch((error: unknown) => refuseLock(beside, error));
  try {
    const next = writeKeyringText(await change(readOrRefuse(path, await readText(file))));
    const changed = readOrRefuse(path, Secret.of(next)); // what would not read is never written
    await writeLike(file, handle, next);
    await handle.close();
    await rename(beside, file);
    await flushFolder(dirname(file));
    return changed;
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(beside, { force: true });
    throw isFileError(error) ? writeFault(path, error) : error;
  }
}

/** The keyring in a file, for those who list or change it. Throws StartFault. */
export async function readKeyringFile(path: string): Promise<KeyringText> {
  return readOrRefuse(path, await readText(path));
}

async function stampOf(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  } catch (error) {
    return `not there: ${codeOf(error)}`;
  }
}

async function readText(path: string): Promise<Secret> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => refuse(path, error));
  return Secret.of(text.trim());
}

function readOrRefuse(path: string, text: Secret): KeyringText {
  const read = readKeyringText(text);
  if ('value' in read) return read.value;
  throw new StartFault(`The keyring in ${path} is faulty.\n${explainFaults(read.faults)}`);
}

/** Whoever could read the file still can, except others than its owner and group: a keyring that root changes must not
 *  lock the gateway out. */
async function writeLike(file: string, handle: FileHandle, text: string): Promise<void> {
  const { uid, gid, mode } = await stat(file);
  const own = await handle.stat();
  if (own.uid !== uid || own.gid !== gid) await handle.chown(uid, gid);
  await handle.chmod(mode & 0o640);
  await handle.writeFile(text);
  await handle.sync();
}

/** So that the move itself outlives a power loss. A folder cannot be opened everywhere. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

function refuseLock(beside: string, error: unknown): never {
  if (codeOf(error) !== 'EEXIST') throw writeFault(beside, error);
  throw new StartFault(
    `${beside} is there: another command is changing the keyring, or one was killed; if none is running, delete that file.`,
    { exitCode: 75 }, // sysexits.h: EX_TEMPFAIL
  );
}

function refuse(path: string, error: unknown): never {
  throw new StartFault(
    `The keyring ${path} cannot be read (${codeOf(error)}); name the file that LATCHKEY_KEYRING_FILE names, as a user who may read it.`,
    { cause: error },
  );
}

function writeFault(path: string, error: unknown): StartFault {
  return new StartFault(
    `${path} cannot be written (${codeOf(error)}); run this as the keyring's owner, in a folder that may be written. The keyring is as it was.`,
    { exitCode: 73, cause: error }, // sysexits.h: EX_CANTCREAT
  );
}

function isFileError(error: unknown): boolean {
  return codeOf(error) !== '' && !(error instanceof StartFault);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
