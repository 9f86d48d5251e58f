/** Reads the folder of providers, one YAML file each (its name is the provider's id), into the catalogue of this
 *  deployment, or into every fault of every file at once. Called once at start. */
import { join } from 'node:path';
import type { Mode } from '../config/config.js';
import type { Checked, ConfigFault } from '../config/fault.js';
import type { SettingSource } from '../config/secret-setting.js';
import { buildProvider } from './build-provider.js';
import { createCatalogue } from './catalogue.js';
import type { Catalogue, Provider } from './provider.js';
import { readClient } from './read-client.js';
import { readDefinition } from './read-definition.js';
import { readShippedDefinition } from './shipped-definitions.js';
import { findUnknownRegistrations } from './unknown-registrations.js';

export interface CatalogueSources extends SettingSource {
  /** Absolute path, or null where no folder is configured: then the catalogue is empty. */
  readonly folder: string | null;
  readonly mode: Mode;
  /** The names of the files in a folder. Throws when it cannot be read. */
  readFolder(path: string): readonly string[];
  /** The text of a definition that a file may extend, or null; those that are shipped, unless a test says otherwise. */
  readShipped?(id: string): string | null;
}

export function loadCatalogue(sources: CatalogueSources): Checked<Catalogue> {
  const files = listFiles(sources);
  if ('faults' in files) return files;
  const providers: Provider[] = [];
  const faults: ConfigFault[] = [];
  for (const file of files.value) {
    const provider = loadProvider(file, sources);
    if ('faults' in provider) faults.push(...provider.faults);
    else providers.push(provider.value);
  }
  faults.push(...findUnknownRegistrations(sources.environment, files.value.map(idOf)));
  return faults.length > 0 ? { faults } : { value: createCatalogue(providers) };
}

function listFiles(sources: CatalogueSources): Checked<readonly string[]> {
  if (sources.folder === null) return { value: [] };
  try {
    const files = sources.readFolder(sources.folder).filter((name) => /\.ya?ml$/.test(name));
    return { value: files.toSorted() };
  } catch {
    const mend = 'Create the folder, or correct its path and rights.';
    return { faults: [{ path: 'LATCHKEY_PROVIDERS_FOLDER', fault: 'names a folder that cannot be read', mend }] };
  }
}

function loadProvider(name: string, sources: CatalogueSources): Checked<Provider> {
  const file = join(sources.folder ?? '', name);
  const id = idOf(name);
  if (name.endsWith('.yml')) {
    return {
      faults: [{ path: file, fault: 'ends in .yml', mend: 'Rename it to end in .yaml, so that an id has one file.' }],
    };
  }
  if (!/^[a-z](?:-?[a-z0-9]){0,40}$/.test(id)) {
    const mend =
      'Name it like acme.yaml: small letters, digits and single dashes, a letter first, at most 40 characters.';
    return { faults: [{ path: file, fault: 'the file name is not a provider id', mend }] };
  }
  const text = readText(file, sources);
  if (text === null) return { faults: [{ path: file, fault: 'cannot be read', mend: 'Check its rights.' }] };
  const definition = readDefinition({
    file,
    text,
    mode: sources.mode,
    readShipped: sources.readShipped ?? readShippedDefinition,
  });
  if ('faults' in definition) return definition;
  const client = readClient({ providerId: id, definition: definition.value, source: sources });
  if ('faults' in client) return client;
  return { value: buildProvider(id, definition.value, client.value) };
}

function idOf(file: string): string {
  return file.replace(/\.ya?ml$/, '');
}

function readText(path: string, sources: SettingSource): string | null {
  try {
    return sources.readFile(path);
  } catch {
    return null;
  }
}
