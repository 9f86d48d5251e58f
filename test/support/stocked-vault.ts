/** A vault with sealed values in every table that holds them, written by the stores themselves:
 *      const stock = await stockVault({ ...db, ...vault, accounts: 3 });
 *      expect(await stock.read({ ...db, ...otherVault })).toEqual(stock.values);  */
import type { Clock } from '../../src/clock.js';
import { createDisconnectionStore } from '../../src/connect/disconnection-store.js';
import { createPendingStore, type PendingStore } from '../../src/connect/pending-store.js';
import type { Database } from '../../src/database/database.js';
import { Secret } from '../../src/secret.js';
import type { Keyring } from '../../src/vault/keyring.js';
import type { Sealer } from '../../src/vault/seal.js';
import { TokenSetRow } from '../../src/vault/token-set.entity.js';
import { createTokenStore } from '../../src/vault/token-store.js';

export interface VaultParts {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly sealer: Sealer;
  readonly clock: Clock;
}

export interface StockedVault {
  /** Every plaintext, by where it stands. */
  readonly values: Readonly<Record<string, string>>;
  /** How many cells of the database hold them. */
  readonly cells: number;
  /** The same read back through the stores. Throws OpenFailure. */
  read(parts: VaultParts): Promise<Record<string, string>>;
}

/** Names sort as they count, so that batches are foreseeable. */
export const accountName = (number: number): string => `acc_${String(number).padStart(5, '0')}`;

const disconnected = 'acc_gone';

/** An `iss` is the browser's to choose; this one looks like JSON with a sealed code. */
export const deceitfulIss = (beginning: string): string => `https://p.example/?","code":"${beginning}`;

export async function stockVault({
  accounts,
  iss = 'https://provider.example',
  ...parts
}: VaultParts & { readonly accounts: number; readonly iss?: string }): Promise<StockedVault> {
  const tokens = createTokenStore(parts);
  const sealed = await Promise.all(
    Array.from({ length: accounts }, async (_, number) => {
      const owner = { accountId: accountName(number), userId: `user ${number}` };
      const pairOf = (round: number) => ({
        accessToken: Secret.of(`access ${number} ${round}`),
        refreshToken: Secret.of(`refresh ${number} ${round}`),
      });
      return [await tokens.seal(owner, pairOf(1)), await tokens.seal(owner, pairOf(2))] as const;
    }),
  );
  await parts.database.write(async (transaction) => {
    for (const [first, second] of sealed) {
      await tokens.create(transaction, first);
      await tokens.replace(transaction, second, 1); // so that there is a previous refresh token
    }
  });
  await stockDisconnection(parts);
  await stockPending(parts, iss);

  const values = await readVault(parts, accounts);
  return { values, cells: accounts * 3 + 2 + 4, read: (reader) => readVault(reader, accounts) };
}

async function stockDisconnection(parts: VaultParts): Promise<void> {
  const disconnections = createDisconnectionStore(parts);
  const owner = { accountId: disconnected, userId: 'ann' };
  const pair = { accessToken: Secret.of('access gone'), refreshToken: Secret.of('refresh gone') };
  const tokens = await disconnections.seal(owner, pair);
  const facts = { ...owner, providerId: 'test', externalId: null, refreshTokenFingerprint: null };
  await parts.database.write((transaction) =>
    disconnections.add(transaction, facts, { revocation: 'FAILED_WILL_RETRY', tokens }),
  );
}

async function stockPending(parts: VaultParts, iss: string): Promise<void> {
  const pending = createPendingStore(parts);
  await pending.add({
    id: 'att_1',
    stateHash: 'state hash',
    providerId: 'test',
    actorId: 'ann',
    subjectId: 'ann',
    accountId: null,
    reason: null,
    redirectUri: 'https://app.example/callback',
    returnTo: null,
    requestedScopes: [],
    linkHash: null,
    browserHash: null,
    expiresAt: parts.clock.now() + 600_000,
    codeVerifier: Secret.of('verifier'),
    nonce: Secret.of('nonce'),
    authorizationUrl: Secret.of('https://provider.example/authorize?state=s'),
  });
  const answer = { state: Secret.of('state'), code: Secret.of('code'), iss, error: null, kept: {}, digest: 'd' };
  await pending.park(await attempt(pending), { answer, handleHash: 'handle', until: parts.clock.now() + 60_000 });
}

async function attempt(pending: PendingStore) {
  const found = await pending.findByState('state hash');
  if (!found) throw new Error('The attempt of the stocked vault is gone.');
  return found;
}

async function readVault(parts: VaultParts, accounts: number): Promise<Record<string, string>> {
  const tokens = createTokenStore(parts);
  const values: Record<string, string> = {};
  for (let number = 0; number < accounts; number += 1) {
    const row = await tokens.read(accountName(number));
    if (!row) throw new Error(`${accountName(number)} is gone.`);
    const { accessToken, refreshToken } = await tokens.open(row);
    values[`access ${number}`] = accessToken.expose();
    values[`refresh ${number}`] = refreshToken?.expose() ?? 'none';
    // It stands where the refresh token stood, and opens as that.
    const previousRow = { version: 0, sealedRefreshToken: row.sealedPreviousRefreshToken };
    const previous = await tokens.open(Object.assign(new TokenSetRow(), row, previousRow));
    values[`previous ${number}`] = previous.refreshToken?.expose() ?? 'none';
  }
  const disconnections = createDisconnectionStore(parts);
  const gone = await disconnections.find({ accountId: disconnected, userId: 'ann' });
  const pair = gone && (await disconnections.open(gone));
  values['access gone'] = pair?.accessToken.expose() ?? 'none';
  values['refresh gone'] = pair?.refreshToken?.expose() ?? 'none';
  const pending = createPendingStore(parts);
  const { codeVerifier, nonce } = await pending.openProof(await attempt(pending));
  const answer = await pending.openAnswer(await attempt(pending));
  values['verifier'] = codeVerifier.expose();
  values['nonce'] = nonce?.expose() ?? 'none';
  values['url'] = (await pending.openAuthorizationUrl(await attempt(pending))).expose();
  values['state'] = answer?.state.expose() ?? 'none';
  values['code'] = answer?.code?.expose() ?? 'none';
  values['iss'] = answer?.iss ?? 'none';
  return values;
}
