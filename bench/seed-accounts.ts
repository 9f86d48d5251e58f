/** Puts one connected account for each person into a fresh vault, by the stores that the gateway itself uses, and closes
 *  it again. Called by latchkey-process.ts before the gateway opens the same database. */
import { createAccountStore } from '../src/accounts/account-store.js';
import { systemClock as clock } from '../src/clock.js';
import type { Config } from '../src/config/config.js';
import { newId } from '../src/database/new-id.js';
import { openDatabase } from '../src/database/open-database.js';
import { entities, migrations } from '../src/entities.js';
import { createLogger } from '../src/observe/logger.js';
import { Secret } from '../src/secret.js';
import type { Keyring } from '../src/vault/keyring.js';
import { assertKeyringOpensVault } from '../src/vault/keyring-check.js';
import { createSealer } from '../src/vault/seal.js';
import { createTokenStore } from '../src/vault/token-store.js';
import { personOf, providerId } from './people.js';

/** PostgreSQL bounds how long a write may take. */
const inOneWrite = 20;
const aDayMs = 24 * 60 * 60 * 1000;

export interface Seeding {
  readonly config: Config;
  readonly keyring: Keyring;
  readonly people: number;
}

export async function seedAccounts({ config, keyring, people }: Seeding): Promise<void> {
  const log = createLogger({ level: 'error' });
  const database = await openDatabase({ config: config.database, entities, migrations, log });
  try {
    const sealer = createSealer(keyring);
    await assertKeyringOpensVault({ database, keyring, sealer, clock });
    const accounts = createAccountStore({ database, clock });
    const tokens = createTokenStore({ database, keyring, sealer, clock });
    for (let first = 0; first < people; first += inOneWrite) {
      const length = Math.min(inOneWrite, people - first);
      const grants = await Promise.all(Array.from({ length }, (_, index) => sealGrant(first + index)));
      await database.write(async (transaction) => {
        for (const { account, pair } of grants) {
          await accounts.create(transaction, account);
          await tokens.create(transaction, pair);
        }
      });
    }

    async function sealGrant(number: number) {
      const { userId, externalId, accessToken } = personOf(number);
      const id = newId('acc', clock);
      const scopes = ['openid', 'profile', 'email'];
      const refreshToken = Secret.of(accessToken.replace('access', 'refresh'));
      return {
        account: {
          id,
          userId,
          providerId,
          externalId,
          displayName: `Person Number ${number}`,
          requestedScopes: scopes,
          grantedScopes: scopes,
          expiresAt: clock.now() + aDayMs,
          refreshTokenExpiresAt: null,
          nextRefreshAt: null,
        },
        pair: await tokens.seal({ accountId: id, userId }, { accessToken: Secret.of(accessToken), refreshToken }),
      };
    }
  } finally {
    await database.close();
  }
}
