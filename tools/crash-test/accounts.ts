/** The accounts of the crash test: connected before it, and held against the provider's ledger after it. */
import { createAccountStore } from '../../src/accounts/account-store.js';
import { systemClock as clock } from '../../src/clock.js';
import type { Database } from '../../src/database/database.js';
import { newId } from '../../src/database/new-id.js';
import { openDatabase } from '../../src/database/open-database.js';
import { entities, migrations } from '../../src/entities.js';
import { createLogger } from '../../src/observe/logger.js';
import { Secret } from '../../src/secret.js';
import { createTokenStore } from '../../src/vault/token-store.js';
import type { Ledger } from './ledger.js';
import { providerId, userId, type WorkerPlan } from './messages.js';
import { configOf, openKeys } from './vault.js';

type Vault = Pick<WorkerPlan, 'database' | 'keyring'>;

export interface Judgement {
  /** Accounts that say ACTIVE and hold a refresh token that their provider takes. */
  readonly alive: number;
  /** Accounts whose grant is lost and that say so: OUTCOME_UNKNOWN. */
  readonly reported: number;
  /** Accounts that say ACTIVE and are dead: must be none. */
  readonly silent: readonly string[];
  /** Accounts that ask their user although their tokens live, or give another reason: must be none. */
  readonly wronglyTold: readonly string[];
}

export async function seedAccounts(
  vault: Vault,
  { ledger, count }: { ledger: Ledger; count: number },
): Promise<readonly string[]> {
  return withStores(vault, async ({ database, accounts, tokens }) => {
    const grants = await Promise.all(
      Array.from({ length: count }, async (_, number) => {
        const id = newId('acc', clock);
        const { accessToken, refreshToken } = ledger.consent(`person-${number}`);
        const pair = { accessToken: Secret.of(accessToken), refreshToken: Secret.of(refreshToken) };
        return { id, number, pair: await tokens.seal({ accountId: id, userId }, pair) };
      }),
    );
    await database.write(async (transaction) => {
      for (const { id, number, pair } of grants) {
        await accounts.create(transaction, {
          id,
          userId,
          providerId,
          externalId: `person-${number}`,
          displayName: `Person ${number}`,
          requestedScopes: ['all'],
          grantedScopes: ['all'],
          expiresAt: clock.now(),
          refreshTokenExpiresAt: null,
          nextRefreshAt: null,
        });
        await tokens.create(transaction, pair);
      }
    });
    return grants.map(({ id }) => id);
  });
}

export async function judgeAccounts(
  vault: Vault,
  { ledger, accountIds }: { ledger: Ledger; accountIds: readonly string[] },
): Promise<Judgement> {
  return withStores(vault, async ({ accounts, tokens }) => {
    let [alive, reported] = [0, 0];
    const silent: string[] = [];
    const wronglyTold: string[] = [];
    for (const accountId of accountIds) {
      const account = await accounts.find({ userId, accountId });
      const row = await tokens.read(accountId);
      const held = row && (await tokens.open(row)).refreshToken;
      const isAlive = held !== null && ledger.isAlive(held.expose());
      const saysDead = account?.status === 'NEEDS_REAUTHORIZATION';
      const facts = `${accountId} version ${row?.version} ${account?.status} ${account?.lastError?.code}`;
      if (isAlive && !saysDead) alive += 1;
      else if (isAlive) wronglyTold.push(facts);
      else if (!saysDead) silent.push(facts);
      else if (account.lastError?.code === 'OUTCOME_UNKNOWN') reported += 1;
      else wronglyTold.push(facts);
    }
    return { alive, reported, silent, wronglyTold };
  });
}

interface Stores {
  readonly database: Database;
  readonly accounts: ReturnType<typeof createAccountStore>;
  readonly tokens: ReturnType<typeof createTokenStore>;
}

async function withStores<T>(vault: Vault, work: (stores: Stores) => Promise<T>): Promise<T> {
  const log = createLogger({ level: 'silent' });
  const database = await openDatabase({ config: configOf(vault), entities, migrations, log });
  try {
    const keys = openKeys(vault.keyring);
    return await work({
      database,
      accounts: createAccountStore({ database, clock }),
      tokens: createTokenStore({ database, ...keys, clock }),
    });
  } finally {
    await database.close();
  }
}
