import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AuditEventRow } from '../../src/audit/audit-event.entity.js';
import type { PostgresConfig } from '../../src/config/config.js';
import { StartFault } from '../../src/config/start-fault.js';
import type { Database, Transaction } from '../../src/database/database.js';
import { openDatabase } from '../../src/database/open-database.js';
import { entities, migrations } from '../../src/entities.js';
import { Fault } from '../../src/errors.js';
import { createGate } from '../support/gate.js';
import { freePort } from '../support/free-port.js';
import { collectLog, type LogLines } from '../support/log-lines.js';
import { startOwnPostgres, type OwnPostgres } from '../support/own-postgres.js';
import { administer, createTestPostgres, postgresConfig, type TestPostgres } from '../support/test-postgres.js';

let log: LogLines;
const opened: Database[] = [];

beforeEach(() => {
  log = collectLog();
});

afterEach(async () => {
  for (const database of opened.splice(0)) await database.close();
});

async function open(config: PostgresConfig): Promise<Database> {
  const database = await openDatabase({ config, entities, migrations, log: log.log });
  opened.push(database);
  return database;
}

describe('an empty database', () => {
  let empty: TestPostgres;
  beforeEach(async () => {
    empty = await createTestPostgres({ isEmpty: true });
  });
  afterEach(() => empty.drop());

  test('that three instances open at the same time is migrated once, and all open it', async () => {
    const databases = await Promise.all([1, 2, 3].map(() => open(empty.config)));
    const ran: unknown[] = (await databases[0]?.reader.query('SELECT name FROM migrations')) ?? [];
    expect(ran).toHaveLength(migrations.length);
    expect(log.events().filter((event) => event === 'database.migrated')).toHaveLength(1);
    for (const database of opened.splice(0)) await database.close();
  });

  test('whose migration fails half way has no table of ours', async () => {
    await administer(empty.url, (client) => client.query('CREATE TABLE disconnection (theirs int)'));
    await expect(open(empty.config)).rejects.toThrow('"disconnection" already exists');
    const tables = await administer(empty.url, (client) =>
      client.query(`SELECT tablename FROM pg_tables WHERE schemaname = 'public'`),
    );
    expect(tables.rows).toEqual([{ tablename: 'disconnection' }]);
  });
});

describe('statements', () => {
  let place: TestPostgres;
  let database: Database;
  beforeEach(async () => {
    place = await createTestPostgres();
    database = await open(place.config);
  });
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close();
    await place.drop();
  });

  test('that are read again and again are parsed once a connection', async () => {
    const config = { ...place.config, poolSize: 2 };
    const one = await open(config);
    for (let read = 0; read < 5; read += 1) await one.reader.findOneBy(AuditEventRow, { id: `evt_${read}` });
    const prepared: { generic_plans: string; custom_plans: string }[] = await one.reader.query(
      `SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement LIKE '%audit_event%'`,
    );
    expect(prepared.map((row) => Number(row.generic_plans) + Number(row.custom_plans))).toEqual([5]);
  });

  test('of two writes that wait for each other both come to their end', async () => {
    for (const id of ['one', 'two']) await database.write((transaction) => insert(transaction, id));
    const bothHold = createGate();
    const holding = new Set<string>();
    const crosswise = (first: string, second: string) =>
      database.write(async (transaction) => {
        await transaction.increment(AuditEventRow, { id: first }, 'at', 1);
        if (holding.add(first).size === 2) bothHold.open();
        await bothHold.opened;
        await transaction.increment(AuditEventRow, { id: second }, 'at', 1);
      });
    await Promise.all([crosswise('one', 'two'), crosswise('two', 'one')]);
    const rows = await database.reader.find(AuditEventRow, { order: { id: 'ASC' } });
    expect(rows.map(({ at }) => at)).toEqual([3, 3]);
  });

  test('run at READ COMMITTED whatever the server is set to', async () => {
    await administer(place.url, (client) =>
      client.query(
        `ALTER DATABASE ${new URL(place.url).pathname.slice(1)} SET default_transaction_isolation = serializable`,
      ),
    );
    const one = await open(place.config);
    const shown: unknown = await one.write((transaction) => transaction.query('SHOW transaction_isolation'));
    expect(shown).toEqual([{ transaction_isolation: 'read committed' }]);
    await administer(place.url, (client) =>
      client.query(`ALTER DATABASE ${new URL(place.url).pathname.slice(1)} RESET default_transaction_isolation`),
    );
  });

  test('that wait too long for a row are a clear fault within 2 s, and the connection is none the worse', async () => {
    await database.write((transaction) => insert(transaction, 'one'));
    await administer(place.url, async (client) => {
      await client.query('BEGIN');
      await client.query('DELETE FROM audit_event');
      const waited = await timeOf(() =>
        database.write((transaction) => transaction.delete(AuditEventRow, { id: 'one' })),
      );
      expect(waited).toMatchObject({ code: 'DATABASE_UNAVAILABLE', isInTime: true });
      await client.query('ROLLBACK');
    });
    await database.write((transaction) => transaction.delete(AuditEventRow, { id: 'one' }));
    expect(await database.reader.count(AuditEventRow)).toBe(0);
  });

  test('more than there are connections for wait their turn', async () => {
    const one = await open({ ...place.config, poolSize: 2 });
    const writes = Array.from({ length: 10 }, (_, at) => one.write((transaction) => insert(transaction, `id-${at}`)));
    await Promise.all(writes);
    expect(await one.reader.count(AuditEventRow)).toBe(10);
  });
});

describe('a PostgreSQL that cannot be opened is one sentence with the mend', () => {
  let place: TestPostgres;
  beforeAll(async () => {
    place = await createTestPostgres();
  });
  afterAll(() => place.drop());

  test('where nobody listens', async () => {
    const fault = await startFaultOf(
      postgresConfig(`postgres://latchkey:planted@127.0.0.1:${await freePort()}/latchkey`),
    );
    expect(fault.message).toMatch(/^No PostgreSQL answers at 127\.0\.0\.1:\d+\/latchkey \(ECONNREFUSED\); start it or/);
    expect(fault.exitCode).toBe(69);
    expect(fault.message).not.toContain('planted');
  });

  test('where the password is another', async () => {
    const url = Object.assign(new URL(place.url), { password: 'planted' }).href;
    expect((await startFaultOf(postgresConfig(url))).message).toMatch(/refuses the user or the password; correct them/);
  });

  test('where the database is not there', async () => {
    const url = Object.assign(new URL(place.url), { pathname: '/nowhere' }).href;
    expect((await startFaultOf(postgresConfig(url))).message).toMatch(
      /\/nowhere has no database of that name; create it/,
    );
  });

  test('where the user may make no tables', async () => {
    const empty = await createTestPostgres({ isEmpty: true });
    await administer(empty.url, (client) => client.query(`CREATE ROLE guest LOGIN PASSWORD 'guest'`));
    const url = Object.assign(new URL(empty.url), { username: 'guest', password: 'guest' }).href;
    expect((await startFaultOf(postgresConfig(url))).message).toMatch(
      /may not make or change tables at .*latchkey\.js migrate/,
    );
    await administer(empty.url, (client) => client.query('DROP ROLE guest'));
    await empty.drop();
  });

  test('where TLS is asked for and not spoken', async () => {
    const fault = await startFaultOf(postgresConfig(`${place.url}?sslmode=verify-full`));
    expect(fault.message).toMatch(/speaks no TLS; set it up there, or write sslmode=disable/);
  });
});

describe('a PostgreSQL that goes away', () => {
  let server: OwnPostgres;
  let database: Database;
  beforeAll(async () => {
    server = await startOwnPostgres();
  });
  afterAll(() => server.close());
  beforeEach(async () => {
    database = await open(server.config);
    await database.write((transaction) => transaction.clear(AuditEventRow));
  });

  test('is a clear fault within 2 s, for reads, writes and readiness, and all works once it is back', async () => {
    await Promise.all([1, 2, 3].map(() => database.reader.count(AuditEventRow))); // several connections, idle then
    await server.stop();
    for (const use of usesOf(database)) {
      expect(await timeOf(use)).toMatchObject({ code: 'DATABASE_UNAVAILABLE', remedy: 'RETRY', isInTime: true });
    }
    expect(await database.isReachable()).toBe(false);
    await server.start();
    expect(await database.isReachable()).toBe(true);
    for (const use of usesOf(database)) await use();
    expect(log.events().filter((event) => event === 'database.away' || event === 'database.back')).toEqual([
      'database.away',
      'database.back',
    ]);
  });

  test('without a word, as behind a cut network, is a clear fault within 2 s each time', async () => {
    await database.reader.count(AuditEventRow);
    await server.freeze();
    try {
      const all = await Promise.all([...usesOf(database), ...usesOf(database)].map(timeOf));
      for (const outcome of all) expect(outcome).toMatchObject({ code: 'DATABASE_UNAVAILABLE', isInTime: true });
      const again = await timeOf(() => database.reader.count(AuditEventRow));
      expect(again).toMatchObject({ code: 'DATABASE_UNAVAILABLE', isInTime: true });
      expect(await database.isReachable()).toBe(false);
    } finally {
      await server.thaw();
    }
    await eventually(() => database.isReachable());
    for (const use of usesOf(database)) await use();
  });

  test('and is back before anybody asked is not noticed', async () => {
    await Promise.all([1, 2, 3].map(() => database.reader.count(AuditEventRow)));
    await server.endConnections();
    expect(await database.reader.count(AuditEventRow)).toBe(0);
    await database.write((transaction) => insert(transaction, 'one'));
    expect(await database.reader.count(AuditEventRow)).toBe(1);
  });

  test('in the middle of a write leaves nothing of it', async () => {
    const cut = database.write(async (transaction) => {
      await insert(transaction, 'one');
      await server.endConnections();
      await insert(transaction, 'two');
    });
    await expect(cut).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    expect(await database.reader.count(AuditEventRow)).toBe(0);
  });

  test('between the last statement and the commit is no success', async () => {
    const cut = database.write(async (transaction) => {
      await insert(transaction, 'one');
      await server.endConnections();
    });
    await expect(cut).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    expect(await database.reader.count(AuditEventRow)).toBe(0);
  });
});

function usesOf(database: Database): (() => Promise<unknown>)[] {
  return [
    () => database.reader.count(AuditEventRow),
    () => database.reader.findOneBy(AuditEventRow, { id: 'evt_1' }),
    () => database.write((transaction) => transaction.delete(AuditEventRow, { id: 'evt_1' })),
  ];
}

/** The limits of the driver add up to less than 2 s; this one leaves room for a machine that is busy. */
const patienceMs = 15_000;

/** The fault of work that must fail, and whether it came in time. */
async function timeOf(work: () => Promise<unknown>): Promise<unknown> {
  const startedAt = performance.now();
  try {
    await work();
    return 'it worked';
  } catch (error) {
    const tookMs = performance.now() - startedAt;
    if (!(error instanceof Fault)) throw error;
    return { code: error.code, remedy: error.remedy, isInTime: tookMs <= patienceMs };
  }
}

async function eventually(claim: () => Promise<boolean>): Promise<void> {
  while (!(await claim())) await new Promise((resolve) => setTimeout(resolve, 20));
}

async function startFaultOf(config: PostgresConfig): Promise<StartFault> {
  const error: unknown = await open(config).catch((fault: unknown) => fault);
  expect(error).toBeInstanceOf(StartFault);
  return error as StartFault;
}

async function insert(transaction: Transaction, id: string): Promise<void> {
  await transaction.insert(AuditEventRow, {
    id,
    at: 1,
    action: 'account.read',
    actorId: 'a',
    subjectId: 's',
    outcome: 'DONE',
    requestId: 'r',
  });
}
