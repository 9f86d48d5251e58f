/** Statements that stay prepared, on a real SQLite connection. */
import sqlite3 from 'sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keepPrepared, type SqliteConnection } from '../../src/database/prepared-statements.js';

let connection: sqlite3.Database;
let prepared: SqliteConnection;
let preparations: string[];

beforeEach(() => {
  connection = new sqlite3.Database(':memory:');
  preparations = [];
  prepared = keepPrepared(countingPreparations(connection));
});

afterEach(() => new Promise<void>((resolve) => connection.close(() => resolve())));

test('a statement that is read by again and again is prepared once', async () => {
  for (const value of [1, 2, 3]) expect(await read('SELECT $1 AS value', [value])).toEqual([{ value }]);
  expect(preparations).toEqual(['SELECT $1 AS value']);
});

test('reads that begin together each get their own rows', async () => {
  const values = Array.from({ length: 20 }, (_, index) => index);
  const answers = await Promise.all(values.map((value) => read('SELECT $1 AS value', [value])));
  expect(answers).toEqual(values.map((value) => [{ value }]));
});

test('a statement that cannot be prepared fails its read, and no other', async () => {
  await expect(read('SELECT * FROM nowhere')).rejects.toThrow('no such table');
  await expect(read('SELECT * FROM nowhere')).rejects.toThrow('no such table');
  expect(await read('SELECT 1 AS value')).toEqual([{ value: 1 }]);
});

test('a table that changes under a statement is read as it is now', async () => {
  await run('CREATE TABLE person (name TEXT)');
  expect(await read('SELECT * FROM person')).toEqual([]);
  await run('ALTER TABLE person ADD COLUMN age INTEGER');
  await run("INSERT INTO person VALUES ('Anna', 42)");
  expect(await read('SELECT * FROM person')).toEqual([{ name: 'Anna', age: 42 }]);
});

test('however many texts there are, few are kept, and the connection closes', async () => {
  for (let number = 0; number < 250; number += 1) await read(`SELECT ${number} AS value`);
  preparations.length = 0;
  await read('SELECT 249 AS value');
  await read('SELECT 0 AS value');
  expect(preparations).toEqual(['SELECT 0 AS value']);
  await new Promise<void>((resolve, reject) => prepared.close((error) => (error ? reject(error) : resolve())));
});

function read(sql: string, values: readonly unknown[] = []): Promise<unknown> {
  return new Promise((resolve, reject) =>
    prepared.all(sql, values, (error, rows) => (error ? reject(error) : resolve(rows))),
  );
}

function run(sql: string): Promise<void> {
  return new Promise((resolve, reject) => prepared.run(sql, [], (error) => (error ? reject(error) : resolve())));
}

/** The connection, which notes what it prepares. */
function countingPreparations(database: sqlite3.Database): sqlite3.Database {
  const prepare = database.prepare.bind(database);
  return Object.assign(database, {
    prepare: (sql: string, ...rest: []) => {
      preparations.push(sql);
      return prepare(sql, ...rest);
    },
  });
}
