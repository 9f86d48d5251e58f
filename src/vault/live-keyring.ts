/** A keyring that follows its file while the process runs, so that keys rotate without a restart. Made by app.ts and the
 *  commands that open the vault. docs/decisions/0012-keyring-reload.md.
 *  The file is asked (one stat) before anything is sealed and whenever a value names a key that is not known; it is read
 *  only when it changed. Must never: take up a keyring that does not fit the vault, or fail a request over a faulty file. It
 *  says so in the log, once for each change of the file, and goes on with the keys it has. */
import { StartFault } from '../config/start-fault.js';
import type { Logger } from '../observe/logger.js';
import type { Secret } from '../secret.js';
import type { KeyringSource } from './keyring-file.js';
import { parseKeyring, type Keyring } from './keyring.js';

export interface LiveKeyring extends Keyring {
  /** Reads the file now, whatever its stamp says, and tells the outcome in the log (SIGHUP). Never rejects. */
  reload(): Promise<void>;
}

export interface LiveKeyringParts {
  /** What was read at the start. */
  readonly first: Keyring;
  readonly text: Secret;
  /** Null where the keyring came as text and cannot change. */
  readonly source: KeyringSource | null;
  /** Throws StartFault for a keyring that does not fit the vault or the mode. */
  readonly approve: (next: Keyring) => Promise<void>;
  readonly log: Logger;
}

export function createLiveKeyring({ first, text, source, approve, log }: LiveKeyringParts): LiveKeyring {
  let current = first;
  let currentText = text;
  let stampSeen: string | null = null;
  let running = Promise.resolve();
  let waiting: Promise<void> | null = null;

  return {
    get sealingKid() {
      return current.sealingKid;
    },
    get kids() {
      return current.kids;
    },
    get isDevelopment() {
      return current.isDevelopment;
    },
    deriveKey: (kid, info) => current.deriveKey(kid, info),
    deriveLastingKey: (info) => current.deriveLastingKey(info),
    fingerprint: (secret) => current.fingerprint(secret),
    keepUp: () => look(),
    async reload() {
      if (!source) return log.warn({ event: 'keyring.not_in_a_file', advice: 'set LATCHKEY_KEYRING_FILE, or restart' });
      stampSeen = null;
      await look();
      log.info({ event: 'keyring.in_use', sealingKid: current.sealingKid, kids: current.kids });
    },
  };

  /** All who ask before a look begins share it; who asks later gets one that begins later, since the file may have
   *  changed in between. */
  function look(): Promise<void> {
    if (!source) return Promise.resolve();
    return (waiting ??= running.then(() => {
      waiting = null;
      return (running = lookAt(source));
    }));
  }

  async function lookAt(file: KeyringSource): Promise<void> {
    const stamp = await file.stamp();
    if (stamp === stampSeen) return;
    try {
      await takeUp(await file.read());
      stampSeen = stamp;
    } catch (error) {
      // Any other error (a database that is away) may pass, so the next look tries again.
      if (error instanceof StartFault) stampSeen = stamp;
      log.error({ event: 'keyring.reload_refused', err: error, sealingKid: current.sealingKid });
    }
  }

  async function takeUp(next: Secret): Promise<void> {
    if (next.equals(currentText)) return;
    const keyring = valueOrStartFault(next);
    await approve(keyring);
    [current, currentText] = [keyring, next];
    log.info({ event: 'keyring.reloaded', sealingKid: keyring.sealingKid, kids: keyring.kids });
  }
}

function valueOrStartFault(text: Secret): Keyring {
  const parsed = parseKeyring(text);
  if ('value' in parsed) return parsed.value;
  const faults = parsed.faults.map(({ path, fault }) => `${path} ${fault}`).join('; ');
  throw new StartFault(`The keyring's file is faulty and was not taken up: ${faults}.`);
}
