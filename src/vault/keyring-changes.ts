/** What can be done to a keyring, as pure changes of its text: add a key, let another one seal, drop one. Called by the
 *  command line inside changeKeyringFile. Throws StartFault, naming the key, for a change that would make no sense.
 *  Must never: drop the key that seals. Whether any other may go is the database's to say (drop-key). */
import { StartFault } from '../config/start-fault.js';
import type { KeyringText } from './keyring-text.js';
import { newKey, type NewKeyParts } from './new-key.js';

/** A fresh key that opens only (pre-active). */
export function addKey(text: KeyringText, parts: NewKeyParts): KeyringText {
  return { ...text, keys: [...text.keys, newKey(parts)] };
}

/** A fresh key that seals from now on; all others still open. */
export function rotateKey(text: KeyringText, parts: NewKeyParts): KeyringText {
  const key = newKey(parts);
  return { ...text, sealWith: key.kid, keys: [...text.keys, key] };
}

export function useKey(text: KeyringText, kid: string): KeyringText {
  assertHolds(text, kid);
  return { ...text, sealWith: kid };
}

export function dropKey(text: KeyringText, kid: string): KeyringText {
  assertMayDrop(text, kid);
  return { ...text, keys: text.keys.filter((key) => key.kid !== kid) };
}

/** As dropKey, before anything is looked up in the database. */
export function assertMayDrop(text: KeyringText, kid: string): void {
  assertHolds(text, kid);
  if (kid !== text.sealWith) return;
  throw new StartFault(`The key "${kid}" is the one that seals; rotate first, then reseal, then drop it.`);
}

function assertHolds({ keys }: KeyringText, kid: string): void {
  if (keys.some((key) => key.kid === kid)) return;
  const names = keys.map((key) => key.kid).join(', ');
  throw new StartFault(`The keyring holds no key of that name; its keys are ${names}.`);
}
