/** Joins a definition with Latchkey's registration at the provider: client id from the file or the environment, secrets
 *  from the environment alone (each also as a file: NAME_FILE). Called by load-catalogue.ts. */
import type { Checked, ConfigFault } from '../config/fault.js';
import { Secret } from '../secret.js';
import type { Definition } from './definition.js';
import { isPrivateKeyFor } from './private-key.js';
import type { ProviderClient } from './provider.js';

export interface ClientSources {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Throws when the file cannot be read. */
  readFile(path: string): string;
}

export function readClient(
  providerId: string,
  definition: Definition,
  sources: ClientSources,
): Checked<ProviderClient> {
  const prefix = `LATCHKEY_PROVIDER_${providerId.toUpperCase().replaceAll('-', '_')}`;
  const id = sources.environment[`${prefix}_CLIENT_ID`] || definition.clientId;
  const secret = readSetting(`${prefix}_CLIENT_SECRET`, sources);
  const privateKey = readSetting(`${prefix}_PRIVATE_KEY`, sources);
  const faults = [...secret.faults, ...privateKey.faults];
  if (id === undefined) faults.push(missing(`${prefix}_CLIENT_ID`, 'Set it, or clientId in the file.'));

  const assumed = privateKey.text === null ? 'client_secret_basic' : 'private_key_jwt';
  const authentication = definition.clientAuthentication ?? assumed;
  switch (authentication) {
    case 'none':
      if (secret.text !== null) faults.push(needless(`${prefix}_CLIENT_SECRET`));
      return checked(faults, { authentication, id: id ?? '' });
    case 'client_secret_basic':
    case 'client_secret_post': {
      const mend = 'Set it (or the same name with _FILE), or choose clientAuthentication: none.';
      if (secret.text === null && secret.faults.length === 0) faults.push(missing(`${prefix}_CLIENT_SECRET`, mend));
      return checked(faults, { authentication, id: id ?? '', secret: Secret.of(secret.text ?? '') });
    }
    case 'private_key_jwt': {
      const algorithm = definition.clientKey?.algorithm ?? 'ES256';
      if (privateKey.faults.length === 0) faults.push(...checkKey(`${prefix}_PRIVATE_KEY`, privateKey.text, algorithm));
      const privateKeyPem = Secret.of(privateKey.text ?? '');
      return checked(faults, {
        authentication,
        id: id ?? '',
        privateKeyPem,
        algorithm,
        keyId: definition.clientKey?.id ?? null,
      });
    }
  }
}

function checked(faults: readonly ConfigFault[], client: ProviderClient): Checked<ProviderClient> {
  return faults.length > 0 ? { faults } : { value: client };
}

function checkKey(path: string, pem: string | null, algorithm: string): ConfigFault[] {
  if (pem === null) return [missing(path, 'Set it to a PKCS #8 key in PEM (or the same name with _FILE).')];
  if (isPrivateKeyFor(algorithm, pem)) return [];
  const mend = 'Give a PKCS #8 key in PEM of the kind that clientKey.algorithm names (RSA: 2048 bits at least).';
  return [{ path, fault: `is not a private key for ${algorithm}`, mend }];
}

const missing = (path: string, mend: string): ConfigFault => ({ path, fault: 'is missing', mend });

const needless = (path: string): ConfigFault => ({
  path,
  fault: 'is set, and the file says clientAuthentication: none',
  mend: 'Remove one of the two.',
});

interface Setting {
  readonly text: string | null;
  readonly faults: readonly ConfigFault[];
}

function readSetting(name: string, { environment, readFile }: ClientSources): Setting {
  const direct = environment[name] || null;
  const file = environment[`${name}_FILE`] || null;
  const faulty = (path: string, fault: string, mend: string): Setting => ({
    text: null,
    faults: [{ path, fault, mend }],
  });
  if (direct !== null && file !== null) {
    return faulty(name, 'is set twice, as itself and as a file', `Keep either ${name} or ${name}_FILE.`);
  }
  if (file === null) return { text: direct, faults: [] };
  try {
    const text = readFile(file).trim();
    return text === ''
      ? faulty(`${name}_FILE`, 'names an empty file', 'Write the secret into it.')
      : { text, faults: [] };
  } catch {
    return faulty(`${name}_FILE`, 'names a file that cannot be read', 'Check its path and its rights.');
  }
}
