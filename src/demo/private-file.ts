/** Files of the development folder that only their owner may read. Called by the development folder and dev.json.
 *  Must never: leave half a file behind, or replace a file that is kept. */
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { StartFault } from '../config/start-fault.js';

/** The text of the file; made, and written, where there is none. */
export async function readOrMake(file: string, make: () => Promise<string> | string): Promise<string> {
  try {
    const text = await readFile(file, 'utf8');
    await chmod(file, 0o600);
    return text;
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw explain(error, file);
  }
  const text = await make();
  await writePrivateFile(file, text);
  return text;
}

/** Written beside the place and moved there, so that a reader sees the old text or the new one. */
export async function writePrivateFile(file: string, text: string): Promise<void> {
  try {
    await writeFile(`${file}.new`, text, { mode: 0o600 });
    await rename(`${file}.new`, file);
  } catch (error) {
    throw explain(error, file);
  }
}

export async function makePrivateFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
  } catch (error) {
    throw explain(error, folder);
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function explain(error: unknown, path: string): unknown {
  const refusals = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'EISDIR'];
  if (!refusals.some((code) => hasCode(error, code))) return error;
  return new StartFault(
    `${path} cannot be read and written; give yourself the right to, or set LATCHKEY_DATA_FOLDER to another folder.`,
    { cause: error },
  );
}
