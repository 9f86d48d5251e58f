/** A shipped definition in the hands of an operator who has registered there: the shortest file that extends it, with the
 *  examples of what it wants from them. Read by the real loader, in production, as it stands. */
import { generateKeyPairSync } from 'node:crypto';
import { parse } from 'yaml';
import { explainFaults } from '../../src/config/explain-faults.js';
import { loadCatalogue } from '../../src/providers/load-catalogue.js';
import type { Provider } from '../../src/providers/provider.js';
import { readShippedDefinition } from '../../src/providers/shipped-definitions.js';

interface Written {
  readonly extends?: string;
  readonly clientAuthentication?: string;
  readonly registration?: { readonly values?: readonly { readonly name: string; readonly example: string }[] };
}

export interface OperatorFile {
  /** The provider's id; the definition's when left out. */
  readonly id?: string;
  /** Further lines of the file. */
  readonly more?: string;
}

/** Throws every fault: file, key, what is wrong and what to do. */
export function shippedDefinition(extended: string, { id = extended, more = '' }: OperatorFile = {}): Provider {
  const written = readWritten(extended);
  const wanted = written.registration?.values ?? [];
  const values = Object.fromEntries(wanted.map(({ name, example }) => [name, example]));
  const lines = [`extends: ${extended}`, 'clientId: registered-here', `values: ${JSON.stringify(values)}`, more];
  const checked = loadCatalogue({
    folder: 'providers',
    mode: 'production',
    environment: credentials(id, written.clientAuthentication),
    readFolder: () => [`${id}.yaml`],
    readFile: () => lines.join('\n'),
  });
  if ('faults' in checked) throw new Error(`${extended}.yaml, extended:\n${explainFaults(checked.faults)}`);
  return checked.value.get(id);
}

function credentials(id: string, authentication: string | undefined): Record<string, string> {
  const prefix = `LATCHKEY_PROVIDER_${id.toUpperCase().replaceAll('-', '_')}`;
  if (authentication === 'none') return {};
  if (authentication !== 'private_key_jwt' && authentication !== 'signed_secret') {
    return { [`${prefix}_CLIENT_SECRET`]: 'planted-secret' };
  }
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  return { [`${prefix}_PRIVATE_KEY`]: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string };
}

/** The keys of a definition, over those of the one it extends. A file that is none is the loader's to explain. */
function readWritten(id: string): Written {
  const text = readShippedDefinition(id);
  const own = (text === null ? {} : tryParse(text)) as Written | null;
  return { ...(own?.extends ? readWritten(own.extends) : {}), ...own };
}

function tryParse(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return {};
  }
}
