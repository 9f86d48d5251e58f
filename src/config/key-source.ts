/** The one key, or source of keys, by which callers' JWTs are checked, and the algorithms that suit it. Called by
 *  read-callers.ts. */
import { Secret } from '../secret.js';
import { defaultPublicAlgorithms, minSecretBytes, publicAlgorithms, readPublicKey } from './caller-keys.js';
import type { CallerKey } from './config.js';
import type { ConfigFault } from './fault.js';
import { isSafeWebUrl } from './loopback.js';
import type { SettingsRead } from './read-settings.js';
import type { SettingName } from './settings.js';

export interface KeySource {
  readonly setting: KeySetting;
  readonly key: CallerKey;
  /** Every algorithm that suits the key. */
  readonly suitable: readonly string[];
  /** Those that are accepted where the operator names none. */
  readonly usual: readonly string[];
}

type KeySetting = (typeof keySettings)[number];

const keySettings = [
  'LATCHKEY_JWT_JWKS_URL',
  'LATCHKEY_JWT_DISCOVERY',
  'LATCHKEY_JWT_PUBLIC_KEY',
  'LATCHKEY_JWT_SECRET',
] as const satisfies readonly SettingName[];

/** Null once its faults have been added to `faults`. */
export function readKeySource(read: SettingsRead, faults: ConfigFault[]): KeySource | null {
  const given = keySettings.filter((name) => read.values[name] || read.faulty.has(name));
  const [setting, ...others] = given;
  if (setting === undefined || others.length > 0) {
    const fault = setting ? `are given together: ${given.join(', ')}` : 'name no key to check the JWTs of callers with';
    faults.push({ path: 'LATCHKEY_JWT_*', fault, mend: `Set exactly one of ${keySettings.join(', ')}.` });
    return null;
  }
  if (read.faulty.has(setting)) return null;
  const source = readGiven(setting, read);
  if ('key' in source) return { setting, ...source };
  faults.push({ path: setting, ...source });
  return null;
}

type Refused = Pick<ConfigFault, 'fault' | 'mend'>;
type Given = Omit<KeySource, 'setting'>;

function readGiven(setting: KeySetting, { values }: SettingsRead): Given | Refused {
  switch (setting) {
    case 'LATCHKEY_JWT_JWKS_URL':
      return published({ kind: 'jwksUrl', url: values[setting] ?? '' });
    case 'LATCHKEY_JWT_DISCOVERY':
      return discovered(values.LATCHKEY_JWT_ISSUER);
    case 'LATCHKEY_JWT_PUBLIC_KEY':
      return givenPublicKey(values[setting] ?? '');
    case 'LATCHKEY_JWT_SECRET':
      return givenSecret(values[setting] ?? '');
    default:
      return setting satisfies never;
  }
}

/** A missing issuer is told by itself. */
function discovered(issuer: string | undefined): Given | Refused {
  if (issuer === undefined || (URL.canParse(issuer) && isSafeWebUrl(new URL(issuer)))) {
    return published({ kind: 'discovery' });
  }
  const mend = 'Set LATCHKEY_JWT_ISSUER to the URL of the issuer, or give its keys in another way.';
  return { fault: 'needs an issuer that is an https URL', mend };
}

function published(key: CallerKey): Given {
  return { key, suitable: publicAlgorithms, usual: defaultPublicAlgorithms };
}

function givenPublicKey(text: string): Given | Refused {
  const read = readPublicKey(text);
  if ('fault' in read) {
    return { ...read, mend: 'Give the PEM text that begins with "-----BEGIN PUBLIC KEY-----", best with _FILE.' };
  }
  const { pem, algorithms } = read;
  return { key: { kind: 'publicKey', pem }, suitable: algorithms, usual: algorithms.slice(0, 1) };
}

function givenSecret(text: string): Given | Refused {
  const bytes = Buffer.byteLength(text);
  const suitable = Object.keys(minSecretBytes).filter((algorithm) => bytes >= (minSecretBytes[algorithm] ?? Infinity));
  if (suitable.length === 0) {
    const mend = 'Share a random secret of 32 bytes or more with the issuer, or use its public key.';
    return { fault: 'is shorter than 32 bytes, so that it can be guessed', mend };
  }
  return { key: { kind: 'sharedSecret', secret: Secret.of(text) }, suitable, usual: ['HS256'] };
}
