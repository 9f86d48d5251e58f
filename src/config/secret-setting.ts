/** Reads a setting that may stand in the environment or in a file: NAME, or NAME_FILE with the path of a file that holds
 *  it (how containers mount secrets). Called by read-settings.ts and by the reader of providers' registrations.
 *  Must never: repeat the value, or any part of it, in a fault; the path neither, since a secret may have been put there by
 *  mistake. */
import { Secret } from '../secret.js';
import type { Checked, ConfigFault } from './fault.js';

export interface SettingSource {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The text of a file, as UTF-8. Throws when it cannot be read. */
  readFile(path: string): string;
}

/** The secret, or null where neither name is set. White space around it is not part of it. */
export function readSecretSetting(source: SettingSource, name: string): Checked<Secret | null> {
  const read = readTextOrFile(source, name);
  if ('faults' in read) return read;
  return { value: read.value === null ? null : Secret.of(read.value) };
}

/** The same for text that must be looked at before it is sealed in a Secret. */
export function readTextOrFile(source: SettingSource, name: string): Checked<string | null> {
  const text = source.environment[name]?.trim() || null;
  const path = source.environment[`${name}_FILE`]?.trim() || null;
  if (text !== null && path !== null) {
    return refuse({
      path: name,
      fault: 'is given twice, as itself and as a file',
      mend: `Keep ${name} or ${name}_FILE.`,
    });
  }
  return path === null ? { value: text } : readNamedFile(source, `${name}_FILE`, path);
}

function readNamedFile(source: SettingSource, name: string, path: string): Checked<string> {
  try {
    const text = source.readFile(path).trim();
    if (text !== '') return { value: text };
    return refuse({ path: name, fault: 'names a file that is empty', mend: 'Write the value into it.' });
  } catch (error) {
    return refuse({ path: name, fault: `names a file that ${whyUnreadable(error)}`, mend: mendFile });
  }
}

const mendFile = 'Give the path of a file that the user who runs Latchkey may read.';

function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'does not exist';
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read';
  return code === 'EISDIR' ? 'is a folder' : 'cannot be read';
}

function refuse(fault: ConfigFault): { faults: readonly ConfigFault[] } {
  return { faults: [fault] };
}
