import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { countQueries } from '../../bench/refresh/count-queries.js';
import type { ConnectedAccount } from '../../src/accounts/connected-account.js';
import { newId } from '../../src/database/new-id.js';
import type { Stored } from '../../src/refresh/outcome.js';
import type { Sent } from '../../src/refresh/sent.js';
import { LEASES } from '../../src/refresh/turns.js';
import { createGrantWriter, type GrantWriter } from '../../src/refresh/write-grant.js';
import { Secret } from '../../src/secret.js';
import { createRefreshIntentStore } from '../../src/vault/refresh-intent-store.js';
import { usualDatabase } from '../support/test-database.js';
import { openRefreshStage, type RefreshStage } from './refresh-stage.js';

/** Before a database is opened. */
const count = countQueries();
const MANY = 8;

let stage: RefreshStage;
let accounts: ConnectedAccount[];
let tries: Sent[];
let write: GrantWriter;

beforeEach(async () => {
  const scheduled = { mode: 'SCHEDULED', jitterSeconds: null } as const;
  stage = await openRefreshStage({
    provider: ({ refreshPolicy }) => ({ refreshPolicy: { ...refreshPolicy, ...scheduled } }),
  });
  accounts = [];
  for (let made = 0; made < MANY; made += 1) accounts.push(await stage.connect({ login: `person-${made}` }));
  const intents = createRefreshIntentStore(stage);
  write = writerOf(MANY);
  tries = await Promise.all(
    accounts.map(async (account) => {
      const key = { userId: 'anna', providerId: 'test', accountId: account.id };
      const current = (await stage.accounts.findDueForUse(key))!;
      const attempt = newId('rfr', stage.clock);
      expect(await intents.note(current.tokens, { attempt, leaseMs: LEASES.postMs })).toBe(true);
      return { ...current, intent: { accountId: account.id, version: 1, attempt } };
    }),
  );
});
afterEach(() => stage.close());

/** The first `expected` grants come together, however long the sealing of each takes. */
function writerOf(expected: number): GrantWriter {
  return createGrantWriter({ ...stage, tokens: { ...stage.tokens, seal: sealAllFirst(expected) } });
}

function sealAllFirst(expected: number): RefreshStage['tokens']['seal'] {
  let missing = expected;
  let open: () => void;
  const gate = new Promise<void>((resolve) => (open = resolve));
  return async (owner, pair) => {
    const sealed = await stage.tokens.seal(owner, pair);
    missing -= 1;
    if (missing === 0) open();
    await gate;
    return sealed;
  };
}

const post = { reason: 'SCHEDULED', tookMs: 50 } as const;
const grantOf = (at: number, refreshToken: string | null = `rt-${at}`): Stored => ({
  do: 'store',
  pair: { accessToken: Secret.of(`at-${at}`), refreshToken: refreshToken === null ? null : Secret.of(refreshToken) },
  facts: { expiresAt: 1_000 + at, refreshTokenExpiresAt: null, grantedScopes: at % 2 ? ['a'] : null },
});
const writeAll = () => Promise.all(tries.map((sent, at) => write(sent, grantOf(at), post)));
const versions = () => Promise.all(accounts.map(stage.version));

async function tokensOf({ id }: ConnectedAccount): Promise<(string | undefined)[]> {
  const { accessToken, refreshToken } = await stage.tokens.open((await stage.tokens.read(id))!);
  return [accessToken.expose(), refreshToken?.expose()];
}

describe('grants that come together', () => {
  it('are one transaction, with each account’s own tokens, facts and line of history', async () => {
    const [before, transactions] = [count.writes, stage.writes()];
    const written = await writeAll();
    expect(stage.writes() - transactions).toBe(1);
    // BEGIN and COMMIT, accounts, tokens and histories; and what the webhook is told of each.
    expect(count.writes - before).toBe(2 + 3 + MANY);
    expect(written).toEqual(accounts.map(() => ({ version: 2, nextRefreshAt: expect.any(Number) })));
    for (const [at, account] of accounts.entries()) {
      expect(await tokensOf(account)).toEqual([`at-${at}`, `rt-${at}`]);
      const { expiresAt, grantedScopes, nextRefreshAt, lastRefreshedAt } = (await stage.look(account))!;
      expect(expiresAt).toBe(1_000 + at);
      expect(grantedScopes).toEqual(at % 2 ? ['a'] : account.grantedScopes);
      expect([nextRefreshAt, lastRefreshedAt]).toEqual([written[at]?.nextRefreshAt, stage.clock.now()]);
      const { edges } = await stage.history.page({ accountId: account.id, first: 10, after: null });
      expect(edges.map(({ node }) => node)).toMatchObject([{ outcome: 'GRANTED', ...post, version: 1 }]);
    }
  });

  it('keep the refresh token where none came, and the one before where one came, as those do that come alone', async () => {
    await writeAll();
    const moved = await stage.tokens.read(accounts[1]!.id);
    const again: Sent[] = [];
    for (const [at, sent] of tries.slice(0, 2).entries()) {
      const account = (await stage.look(accounts[at]!))!;
      again.push({ ...sent, account, tokens: (await stage.tokens.read(account.id))! });
    }
    write = writerOf(again.length);
    await Promise.all([write(again[0]!, grantOf(20, null), post), write(again[1]!, grantOf(21), post)]);
    expect(await tokensOf(accounts[0]!)).toEqual(['at-20', 'rt-0']);
    const rows = await Promise.all(accounts.slice(0, 2).map(({ id }) => stage.tokens.read(id)));
    expect(rows[0]?.sealedPreviousRefreshToken).toBeNull();
    expect(rows[1]?.sealedPreviousRefreshToken).toBe(moved?.sealedRefreshToken);
  });

  it('one whose account was changed meanwhile is planned anew, and nobody else is', async () => {
    const policyOverride = { mode: 'NEVER' } as const;
    const changed = { accountId: accounts[3]!.id, policyOverride, nextRefreshAt: null };
    await stage.database.write((transaction) => stage.accounts.overridePolicy(transaction, changed));
    const written = await writeAll();
    expect(written[3]).toEqual({ version: 2, nextRefreshAt: null });
    expect(await stage.look(accounts[3]!)).toMatchObject({ policyOverride, nextRefreshAt: null, expiresAt: 1_003 });
    expect(await versions()).toEqual(accounts.map(() => 2));
  });

  it('one whose tokens moved on is let go, and the others are written', async () => {
    await stage.reconnect(accounts[2]!);
    const consented = await tokensOf(accounts[2]!);
    const written = await writeAll();
    expect(written.filter((one) => one === null)).toHaveLength(1);
    expect(written[2]).toBeNull();
    expect(await tokensOf(accounts[2]!)).toEqual(consented);
    expect(await versions()).toEqual(accounts.map(() => 2));
  });

  it('one whose tokens alone moved on takes nobody with it', async () => {
    await stage.database.write((transaction) =>
      transaction.query(`UPDATE token_set SET version = 7 WHERE account_id = '${accounts[5]!.id}'`),
    );
    const written = await writeAll();
    expect(written[5]).toBeNull();
    expect(await stage.look(accounts[5]!)).toMatchObject({ lastRefreshedAt: null });
    expect(await versions()).toEqual(accounts.map((_, at) => (at === 5 ? 7 : 2)));
  });

  it('one whose account was disconnected meanwhile leaves nothing', async () => {
    await stage.disconnect(accounts[0]!);
    expect((await writeAll())[0]).toBeNull();
    expect(await versions()).toEqual(accounts.map((_, at) => (at === 0 ? undefined : 2)));
    expect((await stage.history.page({ accountId: accounts[0]!.id, first: 1, after: null })).edges).toEqual([]);
  });

  it('two for one account are written once', async () => {
    const twice = await Promise.all([...tries, tries[1]!].map((sent, at) => write(sent, grantOf(at), post)));
    expect(twice.filter((one) => one?.version === 2)).toHaveLength(MANY + 1); // the other finds what its own try wrote
    expect(await versions()).toEqual(accounts.map(() => 2));
    const { edges } = await stage.history.page({ accountId: accounts[1]!.id, first: 10, after: null });
    expect(edges).toHaveLength(1);
  });

  it('of a COMMIT that was not heard of, each finds its own tokens when it is written again', async () => {
    stage.loseNextCommit();
    await expect(writeAll()).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    const before = await Promise.all(accounts.map(({ id }) => stage.tokens.read(id)));
    expect((await writeAll()).map((one) => one?.version)).toEqual(accounts.map(() => 2));
    expect(await Promise.all(accounts.map(({ id }) => stage.tokens.read(id)))).toEqual(before);
  });

  it('one that no transaction can write fails alone', async () => {
    const unwritable = { ...post, reason: null as never };
    const outcomes = await Promise.allSettled(
      tries.map((sent, at) => write(sent, grantOf(at), at === 4 ? unwritable : post)),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(
      accounts.map((_, at) => (at === 4 ? 'rejected' : 'fulfilled')),
    );
    expect(await versions()).toEqual(accounts.map((_, at) => (at === 4 ? 1 : 2)));
  });
});

// SQLite has one writer: nobody can hold a row beside it.
if (usualDatabase() === 'postgres') {
  it('one that somebody holds keeps nobody waiting', async () => {
    const held = accounts[6]!.id;
    const client = await stage.database.pool!.connect();
    try {
      await client.query('BEGIN');
      await client.query('SELECT 1 FROM token_set WHERE account_id = $1 FOR UPDATE', [held]);
      let isHeldWritten = false;
      const writing = tries.map((sent, at) => write(sent, grantOf(at), post));
      void writing[6]!.then(() => (isHeldWritten = true));
      await Promise.all(writing.filter((_, at) => at !== 6));
      expect(isHeldWritten).toBe(false);
      await client.query('COMMIT');
      expect(await writing[6]).toMatchObject({ version: 2 });
    } finally {
      client.release();
    }
  });
}
