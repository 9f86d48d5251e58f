/** latchkey audit key, and the keys that `audit verify` checks with: given by the operator, or that of the keyring. */
import { readFile } from 'node:fs/promises';
import { readSecretSetting, type SettingSource } from '../config/secret-setting.js';
import { StartFault } from '../config/start-fault.js';
import { createCheckpointSigner, readCheckpointKey, type CheckpointKey } from '../vault/checkpoint-key.js';
import { parseKeyring } from '../vault/keyring.js';
import { valueOrFaults } from './report-faults.js';

export interface PrintAuditKeyParts {
  readonly sources: SettingSource;
  readonly write: (text: string) => void;
}

/** As a JWK: what others check our checkpoints with. */
export async function printAuditKey({ sources, write }: PrintAuditKeyParts): Promise<void> {
  write(`${JSON.stringify(await keyOfKeyring(sources))}\n`);
}

export async function checkpointKeys(
  given: readonly string[],
  sources: SettingSource,
): Promise<readonly CheckpointKey[]> {
  return given.length === 0 ? [await keyOfKeyring(sources)] : Promise.all(given.map(readGiven));
}

/** The key itself, or the name of a file that holds it. */
async function readGiven(text: string): Promise<CheckpointKey> {
  const key = await readCheckpointKey(text.startsWith('{') ? text : await readFile(text, 'utf8').catch(() => ''));
  if (key) return key;
  throw new StartFault('--key is neither a public key as `audit key` prints it nor a file that holds one.');
}

async function keyOfKeyring(sources: SettingSource): Promise<CheckpointKey> {
  const text = valueOrFaults(readSecretSetting(sources, 'LATCHKEY_KEYRING'));
  if (text === null) {
    throw new StartFault(
      'No key to check with: add --key with what `audit key` printed, or set LATCHKEY_KEYRING_FILE.',
    );
  }
  return (await createCheckpointSigner(valueOrFaults(parseKeyring(text)))).publicKey;
}
