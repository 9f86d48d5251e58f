/** latchkey keys rotate, add and use: change the keyring's file and say what to do next. They look at no database, so they
 *  run where the keyring is. Must never: print a key. */
import { randomBytes } from 'node:crypto';
import { latchkeyCommand, type KeyringText } from '../vault/keyring-text.js';
import { addKey, rotateKey, useKey } from '../vault/keyring-changes.js';
import { changeKeyringFile } from '../vault/keyring-file.js';
import { requireKeyringFile, type VaultCommandParts } from './open-vault.js';

export type KeyringChange = { readonly change: 'rotate' | 'add' } | { readonly change: 'use'; readonly kid: string };

/** Throws StartFault where the file cannot be changed; then it is what it was. */
export async function changeKeyring(
  asked: KeyringChange & { readonly keyringFile: string | null },
  { sources, clock, write }: VaultCommandParts,
): Promise<void> {
  const file = requireKeyringFile(sources, asked.keyringFile);
  const parts = { clock, random: randomBytes };
  const text = await changeKeyringFile(file, (before) => {
    switch (asked.change) {
      case 'add':
        return addKey(before, parts);
      case 'rotate':
        return rotateKey(before, parts);
      case 'use':
        return useKey(before, asked.kid);
    }
  });
  write(asked.change === 'add' ? explainAdded(file, text) : explainSealing(file, text));
}

function explainSealing(file: string, { sealWith, keys }: KeyringText): string {
  const others = keys.map(({ kid }) => kid).filter((kid) => kid !== sealWith);
  return [
    `The key ${sealWith} of ${file} seals from now on. ${others.length === 0 ? 'It is the only one.' : `These still open: ${others.join(', ')}.`}`,
    'Next:',
    '  1. Copy the keyring to where its backup is kept.',
    '  2. Send SIGHUP to every gateway that reads this file; its log then says "keyring.in_use". It takes the key up by itself',
    '     too, with the next value it seals. A gateway with LATCHKEY_KEYRING needs the new text and a restart.',
    `  3. ${latchkeyCommand} keys reseal`,
    ...others.map((kid) => `  4. ${latchkeyCommand} keys drop ${kid}`),
    '',
  ].join('\n');
}

function explainAdded(file: string, { keys }: KeyringText): string {
  const kid = keys.at(-1)?.kid ?? '';
  return [
    `The key ${kid} of ${file} opens, and does not seal yet.`,
    'Next:',
    '  1. Bring this keyring to every machine, and to where its backup is kept.',
    '  2. Send SIGHUP to every gateway; its log then names the key in "keyring.in_use".',
    `  3. On every machine: ${latchkeyCommand} keys use ${kid}`,
    '',
  ].join('\n');
}
