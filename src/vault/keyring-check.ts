/** Proves at start that the keyring is the one this vault was sealed with. Called by open-keyring.
 *  The first start with a sealing key keeps a value sealed with it; every later start opens all values that are kept, and
 *  so does a running gateway before it takes up a keyring that was changed. A check goes with its key (drop-key).
 *  Must never: let the gateway run with a keyring that cannot open what is stored. It would ask every user to connect
 *  again, for a fault that one file mends. */
import type { Clock } from '../clock.js';
import type { Mode } from '../config/config.js';
import { StartFault } from '../config/start-fault.js';
import type { Database, Transaction } from '../database/database.js';
import { Secret } from '../secret.js';
import { KeyringCheckRow } from './keyring-check.entity.js';
import { newKeyringCommand } from './keyring-text.js';
import type { Keyring } from './keyring.js';
import { OpenFailure, type Sealer, type SealPlace } from './seal.js';
import { placeIn } from './sealed-columns.js';

export interface KeyringCheckParts {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly sealer: Sealer;
  readonly clock: Clock;
}

/** Throws StartFault, naming the key, when one that sealed is missing or is another than it was. Then nothing is written:
 *  a keyring put here by mistake leaves no mark on the vault. */
export async function assertKeyringOpensVault({ database, ...parts }: KeyringCheckParts): Promise<void> {
  await database.write(async (transaction) => {
    const checks = await transaction.find(KeyringCheckRow, { order: { createdAt: 'ASC', kid: 'ASC' } });
    for (const check of checks) await assertKeyringOpens(check, parts);
    if (!checks.some(({ kid }) => kid === parts.keyring.sealingKid)) await keepCheck(transaction, parts);
  });
}

/** Throws StartFault for a database in which nothing was ever sealed: most often another than the one that was meant. */
export async function assertVaultIsInUse({ reader }: Database): Promise<void> {
  if ((await reader.count(KeyringCheckRow)) > 0) return;
  throw new StartFault(
    "Nothing was ever sealed in this database; set LATCHKEY_DATA_FOLDER or LATCHKEY_DATABASE_URL to the gateway's.",
  );
}

/** The key is about to be dropped: from now on a start does without it. */
export async function forgetKeyringCheck(transaction: Transaction, kid: string): Promise<void> {
  await transaction.delete(KeyringCheckRow, { kid });
}

/** Throws StartFault when production is given a keyring that was made for development. */
export function assertKeyringSuits(mode: Mode, keyring: Keyring): void {
  if (mode === 'development' || !keyring.isDevelopment) return;
  throw new StartFault(
    `The keyring in LATCHKEY_KEYRING was made for development, and production refuses it; make another with \`${newKeyringCommand}\` and set LATCHKEY_KEYRING_FILE=keyring.json.`,
  );
}

type Parts = Omit<KeyringCheckParts, 'database'>;

/** Throws StartFault where the keyring is not the one that sealed this value. */
export async function assertKeyringOpens(
  { kid, sealed }: KeyringCheckRow,
  { keyring, sealer }: Pick<Parts, 'keyring' | 'sealer'>,
): Promise<void> {
  if (!keyring.kids.includes(kid)) throw missingKey(kid);
  const opened = await openCheck(sealer, kid, sealed);
  if (!opened.equals(fingerprintOfNothing(keyring))) throw otherFingerprintKey(kid);
}

async function keepCheck(transaction: Transaction, { keyring, sealer, clock }: Parts): Promise<void> {
  const kid = keyring.sealingKid;
  const sealed = await sealer.seal(fingerprintOfNothing(keyring), placeOf(kid));
  const check = { kid, sealed, createdAt: clock.now() };
  // Two instances may take up a key at once; either's check will do.
  await transaction.createQueryBuilder().insert().into(KeyringCheckRow).values(check).orIgnore().execute();
}

/** What is sealed is a fingerprint, so that another fingerprint key is noticed too. */
function fingerprintOfNothing(keyring: Keyring): Secret {
  return Secret.of(keyring.fingerprint(Secret.of('')));
}

async function openCheck(sealer: Sealer, kid: string, sealed: string): Promise<Secret> {
  try {
    return await sealer.open(sealed, placeOf(kid));
  } catch (error) {
    throw error instanceof OpenFailure ? otherKey(kid) : error;
  }
}

function placeOf(kid: string): SealPlace {
  return placeIn('keyring_check', 'sealed', { rowId: kid, userId: '' });
}

function missingKey(kid: string): StartFault {
  return new StartFault(
    `The vault holds values sealed with the key "${kid}", which is not in the keyring in LATCHKEY_KEYRING; put that key back (it need not be the one that seals).`,
  );
}

function otherKey(kid: string): StartFault {
  return new StartFault(
    `The key "${kid}" of the keyring in LATCHKEY_KEYRING is not the key of that name that this vault was sealed with; put the right keyring there, or point LATCHKEY_DATA_FOLDER to the vault that it belongs to.`,
  );
}

function otherFingerprintKey(kid: string): StartFault {
  return new StartFault(
    `The fingerprintKey of the keyring in LATCHKEY_KEYRING is not the one it had when the key "${kid}" first sealed; put the earlier fingerprintKey back.`,
  );
}
