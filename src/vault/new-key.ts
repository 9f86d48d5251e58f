/** Makes keys for a keyring. Called by keyring (a new ring) and keyring-changes (a ring that gets one more). */
import type { Clock } from '../clock.js';
import type { KeyringText } from './keyring-text.js';

export interface NewKeyParts {
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
}

/** Named by the day and four random bytes: nobody has to think of a name, and it sorts by age. */
export function newKey({ clock, random }: NewKeyParts): KeyringText['keys'][number] {
  const createdAt = new Date(clock.now()).toISOString();
  const kid = `${createdAt.slice(0, 10)}-${Buffer.from(random(4)).toString('hex')}`;
  return { kid, alg: 'A256GCM', createdAt, key: newKeyBytes(random) };
}

/** 32 random bytes as base64url. */
export function newKeyBytes(random: NewKeyParts['random']): string {
  return Buffer.from(random(32)).toString('base64url');
}
