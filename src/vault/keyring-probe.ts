/** Whether the keyring still opens this vault, for /readyz. Called by app.ts. Not proved by the start alone: another instance may
 *  have begun to seal with a key that this one does not have, and then every account that it touched is lost to callers here.
 *  While the database is away the values that were seen last are judged, and where there are none the keyring is taken to be
 *  well: an outage is not called a fault of the keyring. */
import { StartFault } from '../config/start-fault.js';
import type { Database } from '../database/database.js';
import { KeyringCheckRow } from './keyring-check.entity.js';
import { assertKeyringOpens } from './keyring-check.js';
import type { Keyring } from './keyring.js';
import type { Sealer } from './seal.js';

export interface KeyringProbeParts {
  readonly database: Pick<Database, 'reader'>;
  readonly keyring: Keyring;
  readonly sealer: Sealer;
}

/** The returned function opens one sealed value of each key that has sealed here. */
export function createKeyringProbe({ database, keyring, sealer }: KeyringProbeParts): () => Promise<boolean> {
  /** Null until the database has told. */
  let seen: readonly KeyringCheckRow[] | null = null;

  // Twice, since a key may come or go between the look at the file and the look at the rows.
  return async () => (await opensAll()) || opensAll();

  async function opensAll(): Promise<boolean> {
    await keyring.keepUp(); // a key that was added to the file a moment ago counts
    seen = await database.reader.find(KeyringCheckRow).catch(() => seen);
    if (seen === null) return true;
    const opened = await Promise.all(seen.map(opens));
    return opened.length > 0 && opened.every(Boolean);
  }

  async function opens(check: KeyringCheckRow): Promise<boolean> {
    try {
      await assertKeyringOpens(check, { keyring, sealer });
      return true;
    } catch (error) {
      if (error instanceof StartFault) return false;
      throw error;
    }
  }
}
