/** Joins a definition with Latchkey's registration at the provider: client id from the environment or the file, secrets
 *  from the environment alone (each also as a file: NAME_FILE). Called by load-catalogue.ts. */
import type { Checked, ConfigFault } from '../config/fault.js';
import { readTextOrFile, type SettingSource } from '../config/secret-setting.js';
import { Secret } from '../secret.js';
import type { Definition } from './definition.js';
import { isPrivateKeyFor } from './private-key.js';
import type { ProviderClient } from './provider.js';

export interface Registration {
  readonly providerId: string;
  readonly definition: Definition;
  readonly source: SettingSource;
}

export function readClient({ providerId, definition, source }: Registration): Checked<ProviderClient> {
  const prefix = settingPrefix(providerId);
  const faults: ConfigFault[] = [];
  const read = (name: string): string | null => collect(readTextOrFile(source, name), faults);

  const id = source.environment[`${prefix}_CLIENT_ID`]?.trim() || definition.clientId || null;
  const secret = read(`${prefix}_CLIENT_SECRET`);
  const nextSecret = read(`${prefix}_CLIENT_SECRET_NEXT`);
  const privateKey = read(`${prefix}_PRIVATE_KEY`);
  // A value that is there and cannot be read is one fault, not also a missing one.
  if (faults.length > 0) return { faults };
  if (id === null) faults.push(missing(`${prefix}_CLIENT_ID`, 'Set it, or clientId in the file.'));
  const client = buildClient({ id: id ?? '', secret, nextSecret, privateKey, prefix, definition }, faults);
  return faults.length > 0 || client === null ? { faults } : { value: client };
}

/** acme-crm: LATCHKEY_PROVIDER_ACME_CRM. */
function settingPrefix(providerId: string): string {
  return `LATCHKEY_PROVIDER_${providerId.toUpperCase().replaceAll('-', '_')}`;
}

/** Under which names the secrets of a client are set. */
export function clientSecretSettings(providerId: string): { readonly current: string; readonly next: string } {
  const current = `${settingPrefix(providerId)}_CLIENT_SECRET`;
  return { current, next: `${current}_NEXT` };
}

/** Every name that a provider's registration may have in the environment. */
export function registrationNames(providerId: string): string[] {
  const prefix = settingPrefix(providerId);
  const secrets = ['CLIENT_SECRET', 'CLIENT_SECRET_NEXT', 'PRIVATE_KEY'];
  return ['CLIENT_ID', ...secrets.flatMap((name) => [name, `${name}_FILE`])].map((name) => `${prefix}_${name}`);
}

interface Found {
  readonly id: string;
  readonly secret: string | null;
  readonly nextSecret: string | null;
  readonly privateKey: string | null;
  readonly prefix: string;
  readonly definition: Definition;
}

function buildClient(found: Found, faults: ConfigFault[]): ProviderClient | null {
  const assumed = found.privateKey === null ? 'client_secret_basic' : 'private_key_jwt';
  const authentication = found.definition.clientAuthentication ?? assumed;
  switch (authentication) {
    case 'none':
      if (found.secret !== null) faults.push(needless(`${found.prefix}_CLIENT_SECRET`));
      return { authentication, id: found.id };
    case 'client_secret_basic':
    case 'client_secret_post':
      if (found.secret !== null) return { authentication, id: found.id, ...secretsOf(found.secret, found.nextSecret) };
      faults.push(missingSecret(`${found.prefix}_CLIENT_SECRET`, 'Set it, or clientAuthentication: none in the file.'));
      return null;
    case 'private_key_jwt':
    case 'signed_secret':
      return buildKeyClient(found, faults);
    default:
      return authentication satisfies never;
  }
}

function secretsOf(secret: string, next: string | null): { secret: Secret; nextSecret?: Secret } {
  return { secret: Secret.of(secret), ...(next !== null && { nextSecret: Secret.of(next) }) };
}

function buildKeyClient({ id, privateKey, prefix, definition }: Found, faults: ConfigFault[]): ProviderClient | null {
  const path = `${prefix}_PRIVATE_KEY`;
  const algorithm = definition.clientKey?.algorithm ?? 'ES256';
  if (privateKey === null) {
    faults.push(missingSecret(path, 'Set it to a PKCS #8 key in PEM.'));
    return null;
  }
  if (!isPrivateKeyFor(algorithm, privateKey)) {
    const mend = 'Give a PKCS #8 key in PEM of the kind that clientKey.algorithm names (RSA: 2048 bits at least).';
    faults.push({ path, fault: `is not a private key for ${algorithm}`, mend });
    return null;
  }
  const keyId = definition.clientKey?.id ?? null;
  const key = { id, privateKeyPem: Secret.of(privateKey), algorithm, keyId };
  const { signedSecret } = definition;
  // Present with the one, absent with the other: check-requests.ts has seen to it.
  return signedSecret
    ? { authentication: 'signed_secret', ...key, ...signedSecret }
    : { authentication: 'private_key_jwt', ...key };
}

function collect(checked: Checked<string | null>, faults: ConfigFault[]): string | null {
  if ('value' in checked) return checked.value;
  faults.push(...checked.faults);
  return null;
}

function missing(path: string, mend: string): ConfigFault {
  return { path, fault: 'is missing', mend };
}

function missingSecret(path: string, mend: string): ConfigFault {
  return missing(path, `${mend} It may also stand in a file that ${path}_FILE names.`);
}

function needless(path: string): ConfigFault {
  return { path, fault: 'is set, and the file says clientAuthentication: none', mend: 'Remove one of the two.' };
}
