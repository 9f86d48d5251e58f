/** All that an operator decides, read together: settings, providers and keyring. Called by main.ts, the command line and
 *  the development start. Every fault of all three is told at once, so that one round of mending is enough. */
import { resolve } from 'node:path';
import type { Config, Mode } from './config/config.js';
import type { Checked, ConfigFault } from './config/fault.js';
import { readConfig } from './config/read-config.js';
import { readSecretSetting, type SettingSource } from './config/secret-setting.js';
import { loadCatalogue } from './providers/load-catalogue.js';
import type { Catalogue } from './providers/provider.js';
import { parseKeyring, type Keyring } from './vault/keyring.js';

export interface Deployment {
  readonly config: Config;
  readonly catalogue: Catalogue;
  readonly keyring: Keyring;
  /** The file that the keyring was read from, which may change while the process runs; none where it came as text. */
  readonly keyringFile?: string | null;
}

export interface DeploymentSources extends SettingSource {
  /** The names of the files in a folder. Throws when it cannot be read. */
  readFolder(path: string): readonly string[];
}

export function readDeployment(sources: DeploymentSources): Checked<Deployment> {
  const faults: ConfigFault[] = [];
  const config = collect(readConfig(sources), faults);
  const catalogue = collect(readCatalogue(sources), faults);
  const keyring = collect(readKeyring(sources), faults);
  if (!config || !catalogue || !keyring) return { faults };
  return { value: { config, catalogue, keyring, keyringFile: keyringFileOf(sources) } };
}

/** Null where the keyring is given as text. */
export function keyringFileOf({ environment }: SettingSource): string | null {
  const path = environment['LATCHKEY_KEYRING_FILE']?.trim();
  return path ? resolve(path) : null;
}

function collect<T>(checked: Checked<T>, faults: ConfigFault[]): T | null {
  if ('value' in checked) return checked.value;
  faults.push(...checked.faults);
  return null;
}

/** Straight from the environment, so that faults of providers are told beside those of other settings. */
function readCatalogue(sources: DeploymentSources): Checked<Catalogue> {
  const { LATCHKEY_PROVIDERS_FOLDER: folder, LATCHKEY_MODE } = sources.environment;
  // As in readConfig: what is not development follows the stricter rules.
  const mode: Mode = LATCHKEY_MODE?.trim() === 'development' ? 'development' : 'production';
  return loadCatalogue({ ...sources, folder: folder?.trim() ? resolve(folder.trim()) : null, mode });
}

function readKeyring(sources: DeploymentSources): Checked<Keyring | undefined> {
  const text = readSecretSetting(sources, 'LATCHKEY_KEYRING');
  // A keyring that is missing or cannot be read is readConfig's fault to tell.
  if ('faults' in text || text.value === null) return { value: undefined };
  return parseKeyring(text.value);
}
