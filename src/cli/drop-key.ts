/** latchkey keys drop: takes a key out of the keyring for good, once nothing in the database needs it.
 *  Must never: drop a key that a value stands under which it would open. */
import { StartFault } from '../config/start-fault.js';
import { assertMayDrop, dropKey as withoutKey } from '../vault/keyring-changes.js';
import { forgetKeyringCheck } from '../vault/keyring-check.js';
import { changeKeyringFile } from '../vault/keyring-file.js';
import { latchkeyCommand } from '../vault/keyring-text.js';
import { countJournalled } from '../vault/left-journals.js';
import type { Keyring } from '../vault/keyring.js';
import { openKeyring } from '../vault/open-keyring.js';
import { reseal } from '../vault/reseal.js';
import { createSealer } from '../vault/seal.js';
import type { SealedValueStore } from '../vault/sealed-value-store.js';
import { requireKeyringFile, withVault, type OpenVault, type VaultCommandParts } from './open-vault.js';

export interface DropKeyOptions {
  readonly kid: string;
  readonly keyringFile: string | null;
  /** What to do about values under the key that no key opens. */
  readonly unreadable: 'keep the key' | 'abandon';
}

/** Throws StartFault where the key is in use, seals, or is not there; then nothing is changed. */
export async function dropKey(options: DropKeyOptions, parts: VaultCommandParts): Promise<void> {
  const { kid, keyringFile } = options;
  const file = requireKeyringFile(parts.sources, keyringFile);
  await changeKeyringFile(file, async (text) => {
    assertMayDrop(text, kid);
    await withVault(parts, file, async (vault) => {
      // Proves that this is the keyring's vault: in another one, nothing would stand under the key.
      const keyring = await openKeyring({ ...vault, mode: null, clock: parts.clock });
      const journalled = await countJournalled(vault.journalFolder, kid);
      if (journalled > 0) throw inJournal(kid, journalled, vault.journalFolder);
      const lost = options.unreadable === 'abandon' ? await countUnreadable(vault.values, keyring) : 0;
      await forgetUnused(vault, { kid, sealingKid: keyring.sealingKid, lost });
    });
    return withoutKey(text, kid);
  });
  parts.write(
    [
      `The key ${kid} is no longer in ${file}. Send SIGHUP to every gateway, or restart it.`,
      'Backups of the database from before the reseal open only with the keyring from before: keep it as long as them.',
      '',
    ].join('\n'),
  );
}

/** Reseals what can be, so that what is left is what no key opens. */
async function countUnreadable(values: SealedValueStore, keyring: Keyring): Promise<number> {
  const { unreadable } = await reseal({ values, keyring, sealer: createSealer(keyring) });
  return unreadable.length;
}

/** The keyring's check goes first: a command that is killed here is run again, and a start needs no key without one. */
async function forgetUnused(
  { database, values }: OpenVault,
  { kid, sealingKid, lost }: { kid: string; sealingKid: string; lost: number },
): Promise<void> {
  await database.write(async (transaction) => {
    const uses = (await values.countUse([kid])).byKid.get(kid) ?? 0;
    const left = uses === 0 ? 0 : (await values.countUse([sealingKid])).others;
    if (left > lost) throw inUse(kid, uses); // some of them open, or were written a moment ago
    await forgetKeyringCheck(transaction, kid);
  });
}

function inJournal(kid: string, count: number, folder: string): StartFault {
  return new StartFault(
    `${count} answers of providers stand under the key "${kid}" in ${folder}; start a gateway with this folder, which takes them up, and try again.`,
  );
}

function inUse(kid: string, uses: number): StartFault {
  return new StartFault(
    `${uses} sealed values stand under the key "${kid}"; run \`${latchkeyCommand} keys reseal\` first. If it says that they do not open, docs/keys.md says what can be done.`,
  );
}
