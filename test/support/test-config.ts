/** Reads a configuration from an environment that is complete for production, changed as a test says. */
import type { Config } from '../../src/config/config.js';
import type { Checked, ConfigFault } from '../../src/config/fault.js';
import { readConfig } from '../../src/config/read-config.js';

export type Changes = Readonly<Record<string, string | undefined>>;
export type Files = Readonly<Record<string, string>>;

/** What production needs at least. */
export const completeEnvironment: Changes = {
  LATCHKEY_PUBLIC_URL: 'https://latchkey.example',
  LATCHKEY_KEYRING: '{"planted":"keyring"}',
  LATCHKEY_JWT_ISSUER: 'https://login.example.com',
  LATCHKEY_JWT_AUDIENCE: 'latchkey',
  LATCHKEY_JWT_DISCOVERY: 'true',
};

export function configOf(changes: Changes = {}, files: Files = {}): Config {
  const checked = read(changes, files);
  if ('faults' in checked) throw new Error(JSON.stringify(checked.faults, null, 2));
  return checked.value;
}

export function faultsOf(changes: Changes, files: Files = {}): readonly ConfigFault[] {
  const checked = read(changes, files);
  return 'faults' in checked ? checked.faults : [];
}

export function faultPathsOf(changes: Changes): string[] {
  return faultsOf(changes).map(({ path }) => path);
}

function read(changes: Changes, files: Files): Checked<Config> {
  return readConfig({ environment: { ...completeEnvironment, ...changes }, readFile: (path) => readFrom(files, path) });
}

function readFrom(files: Files, path: string): string {
  const text = files[path];
  if (text === undefined) throw Object.assign(new Error(`no file ${path}`), { code: 'ENOENT' });
  return text;
}
