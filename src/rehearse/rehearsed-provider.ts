/** The provider to rehearse, read from its definition as the gateway reads it in production, with a registration that is made
 *  up. Called by rehearse.ts. Reads no setting and no secret of the operator's. */
import { parse } from 'yaml';
import type { Checked } from '../config/fault.js';
import { loadCatalogue } from '../providers/load-catalogue.js';
import type { Provider } from '../providers/provider.js';
import { readDefinition } from '../providers/read-definition.js';
import { clientSecretSettings } from '../providers/read-client.js';
import { readShippedDefinition } from '../providers/shipped-definitions.js';
import { makeRegistration, type Registration } from './registration.js';

export interface RehearsedDefinition {
  readonly id: string;
  /** The operator's file, or one line that extends a shipped definition. */
  readonly text: string;
}

export interface RehearsedProvider {
  readonly provider: Provider;
  readonly registration: Registration;
}

/** One that is shipped, in the hands of an operator who gives the examples of what it wants from them. */
export function shippedDefinition(id: string): RehearsedDefinition {
  const values = Object.fromEntries(wantedValues(id).map(({ name, example }) => [name, example]));
  return { id, text: `extends: ${id}\nvalues: ${JSON.stringify(values)}\n` };
}

interface Written {
  readonly extends?: string;
  readonly registration?: { readonly values?: readonly WantedValue[] };
}

interface WantedValue {
  readonly name: string;
  readonly example: string;
}

function wantedValues(id: string): readonly WantedValue[] {
  const written = parse(readShippedDefinition(id) ?? '') as Written | null; // a test reads each strictly
  if (written?.registration) return written.registration.values ?? [];
  return written?.extends === undefined ? [] : wantedValues(written.extends);
}

/** Throws nothing: what is wrong with the definition is told as its faults. */
export async function readRehearsed({ id, text }: RehearsedDefinition): Promise<Checked<RehearsedProvider>> {
  const file = `${id}.yaml`;
  const mode = isLoopback(text) ? 'development' : 'production';
  const definition = readDefinition({ file, text, mode, readShipped: readShippedDefinition });
  if ('faults' in definition) return definition;
  const { clientAuthentication, clientKey } = definition.value;
  const registration = await makeRegistration(
    id,
    clientAuthentication === 'private_key_jwt' || clientAuthentication === 'signed_secret'
      ? (clientKey?.algorithm ?? 'ES256')
      : null,
  );
  const catalogue = loadCatalogue({
    folder: '.',
    mode,
    environment: environmentOf(id, clientAuthentication ?? 'client_secret_basic', registration),
    readFolder: () => [file],
    readFile: () => text,
  });
  return 'faults' in catalogue ? catalogue : { value: { provider: catalogue.value.get(id), registration } };
}

/** A provider on the operator's own machine is for development alone; all others are read as in production. */
function isLoopback(text: string): boolean {
  try {
    const written: unknown = parse(text, { maxAliasCount: 0 });
    return typeof written === 'object' && written !== null && 'network' in written && written.network === 'loopback';
  } catch {
    return false; // told as a fault of the file
  }
}

function environmentOf(id: string, way: string, registration: Registration): Record<string, string> {
  const { current } = clientSecretSettings(id);
  const prefix = current.replace(/_CLIENT_SECRET$/, '');
  const { clientId, clientSecret, privateKeyPem } = registration;
  return {
    [`${prefix}_CLIENT_ID`]: clientId,
    ...(way.startsWith('client_secret_') ? { [current]: clientSecret } : {}),
    ...(privateKeyPem === null ? {} : { [`${prefix}_PRIVATE_KEY`]: privateKeyPem }),
  };
}
