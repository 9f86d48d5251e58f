/** A keyring and a sealer for tests; every call makes new keys. */
import { parseKeyring, newKeyringText, type Keyring } from '../../src/vault/keyring.js';
import { createSealer, type Sealer } from '../../src/vault/seal.js';
import { Secret } from '../../src/secret.js';
import { createTestClock } from './test-clock.js';

export interface TestVault {
  readonly keyring: Keyring;
  readonly sealer: Sealer;
}

/** `text` is the keyring's JSON; without it a new development keyring is made. */
export function createTestVault(text = newKeyringText({ development: true, clock: createTestClock() })): TestVault {
  const parsed = parseKeyring(Secret.of(text));
  if ('faults' in parsed) throw new Error(`The test's keyring is faulty: ${JSON.stringify(parsed.faults)}`);
  return { keyring: parsed.value, sealer: createSealer(parsed.value) };
}
