/** What the demo provider remembers (sessions, grants, codes, tokens), in one SQLite file, so that connected accounts
 *  still work after a restart. Called by oidc-provider through its Adapter interface.
 *  Must never: hold a token or a code as it was issued. A row is found by its hash, as at any provider that takes care. */
import { createHash } from 'node:crypto';
import { chmod } from 'node:fs/promises';
import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider';
import sqlite3 from 'sqlite3';

export interface DemoStore {
  readonly adapter: AdapterFactory;
  close(): Promise<void>;
}

type Value = string | number | null;

interface Statements {
  run(sql: string, values?: readonly Value[]): Promise<void>;
  first(sql: string, values: readonly Value[]): Promise<Row | undefined>;
  close(): Promise<void>;
}

interface Row {
  readonly payload: string;
  readonly consumed_at: number | null;
}

/** `now` is the wall clock in epoch seconds, the unit of every `exp` here. */
export async function openDemoStore(file: string, now: () => number): Promise<DemoStore> {
  const statements = await openFile(file);
  await chmod(file, 0o600);
  await statements.run('PRAGMA journal_mode = WAL');
  await statements.run(
    `CREATE TABLE IF NOT EXISTS remembered (
       model TEXT NOT NULL, id_hash TEXT NOT NULL, payload TEXT NOT NULL, uid TEXT, grant_id TEXT,
       consumed_at INTEGER, expires_at INTEGER, PRIMARY KEY (model, id_hash))`,
  );
  await statements.run('CREATE INDEX IF NOT EXISTS remembered_by_grant ON remembered (grant_id)');
  await statements.run('CREATE INDEX IF NOT EXISTS remembered_by_uid ON remembered (model, uid)');
  await statements.run('DELETE FROM remembered WHERE expires_at <= ?', [now()]);
  return { adapter: (model) => createAdapter(statements, model, now), close: () => statements.close() };
}

function createAdapter(statements: Statements, model: string, now: () => number): Adapter {
  // A session is also found by its uid, where only the row can say what its id was.
  const keepsId = model === 'Session';

  const read = async (condition: string, value: string): Promise<AdapterPayload | undefined> => {
    const row = await statements.first(
      `SELECT payload, consumed_at FROM remembered WHERE model = ? AND ${condition} = ? AND (expires_at IS NULL OR expires_at > ?)`,
      [model, value, now()],
    );
    if (!row) return undefined;
    const payload = JSON.parse(row.payload) as AdapterPayload;
    return row.consumed_at === null ? payload : { ...payload, consumed: row.consumed_at };
  };

  return {
    upsert: async (id, payload, expiresIn) => {
      const { jti, ...rest } = payload;
      await statements.run(
        `INSERT INTO remembered (model, id_hash, payload, uid, grant_id, expires_at) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (model, id_hash) DO UPDATE SET
           payload = excluded.payload, uid = excluded.uid, grant_id = excluded.grant_id, expires_at = excluded.expires_at`,
        [
          model,
          hash(id),
          JSON.stringify(keepsId ? { jti, ...rest } : rest),
          payload.uid ?? null,
          payload.grantId ?? null,
          expiresIn === undefined ? null : now() + expiresIn,
        ],
      );
    },
    find: async (id) => {
      const payload = await read('id_hash', hash(id));
      return payload && { ...payload, jti: id };
    },
    findByUid: (uid) => read('uid', uid),
    // Only the device flow asks by user code, and this provider does not offer it.
    findByUserCode: () => Promise.resolve(undefined),
    consume: (id) =>
      statements.run('UPDATE remembered SET consumed_at = ? WHERE model = ? AND id_hash = ?', [now(), model, hash(id)]),
    destroy: (id) => statements.run('DELETE FROM remembered WHERE model = ? AND id_hash = ?', [model, hash(id)]),
    revokeByGrantId: (grantId) => statements.run('DELETE FROM remembered WHERE grant_id = ?', [grantId]),
  };
}

function hash(id: string): string {
  return createHash('sha256').update(id).digest('base64url');
}

function openFile(file: string): Promise<Statements> {
  return new Promise((resolve, reject) => {
    const database = new sqlite3.Database(file, (fault) => {
      if (fault) reject(fault);
      else resolve(promised(database));
    });
  });
}

function promised(database: sqlite3.Database): Statements {
  return {
    run: (sql, values = []) =>
      new Promise((resolve, reject) => {
        database.run(sql, values, (fault) => (fault ? reject(fault) : resolve()));
      }),
    first: (sql, values) =>
      new Promise((resolve, reject) => {
        database.get<Row>(sql, values, (fault, row) => (fault ? reject(fault) : resolve(row)));
      }),
    close: () => new Promise((resolve, reject) => database.close((fault) => (fault ? reject(fault) : resolve()))),
  };
}
