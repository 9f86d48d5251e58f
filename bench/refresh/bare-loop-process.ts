/** What a refresh costs at least: as many workers as the gateway has, each a post and one UPDATE, and nothing else. Started
 *  by run.ts in a process of its own; GET / runs it and tells how many there were a second. */
import { createServer } from 'node:http';
import { join } from 'node:path';
import { Pool } from 'pg';
import sqlite3 from 'sqlite3';
import { request } from 'undici';
import { REFRESHES_AT_ONCE } from '../../src/refresh/refresh-due.js';
import { answerQuestions } from '../answer-questions.js';
import { listenOnLoopback } from '../listen.js';

const SECONDS = 4;
const ROWS = 1000;

interface Bare {
  run(statement: string): Promise<void>;
  update(row: number, token: string): Promise<void>;
  close(): Promise<void>;
}

answerQuestions(async ({ databaseUrl, folder, upstreamUrl }) => {
  const bare = databaseUrl === null ? await onSqlite(join(folder, 'bare.db')) : onPostgres(databaseUrl);
  await bare.run('DROP TABLE IF EXISTS bare');
  await bare.run('CREATE TABLE bare (id integer PRIMARY KEY, token text)');
  for (let row = 0; row < ROWS; row += 1) await bare.run(`INSERT INTO bare VALUES (${row}, '')`);
  const server = createServer((_request, response) => {
    void measure(bare, upstreamUrl).then((rate) => response.end(JSON.stringify(rate)));
  });
  const { url, close } = await listenOnLoopback(server);
  return { url, close: async () => Promise.all([close(), bare.close()]) };
});

async function measure(bare: Bare, upstreamUrl: string): Promise<number> {
  const began = performance.now();
  let done = 0;
  const worker = async (first: number): Promise<void> => {
    for (let row = first; performance.now() - began < SECONDS * 1000; row = (row + REFRESHES_AT_ONCE) % ROWS) {
      const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: `bare-${row}` }).toString();
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const answer = await request(`${upstreamUrl}/token`, { method: 'POST', headers, body });
      const { refresh_token: token } = (await answer.body.json()) as { refresh_token: string };
      await bare.update(row, token);
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: REFRESHES_AT_ONCE }, (_, first) => worker(first)));
  return done / ((performance.now() - began) / 1000);
}

function onPostgres(connectionString: string): Bare {
  const pool = new Pool({ connectionString, max: 10 });
  return {
    run: async (statement) => void (await pool.query(statement)),
    async update(row, token) {
      await pool.query({ name: 'bare', text: 'UPDATE bare SET token = $2 WHERE id = $1', values: [row, token] });
    },
    close: () => pool.end(),
  };
}

async function onSqlite(file: string): Promise<Bare> {
  const database = new sqlite3.Database(file);
  const run = (statement: string, values: unknown[] = []): Promise<void> =>
    new Promise((resolve, reject) => {
      database.run(statement, values, (error) => (error ? reject(error) : resolve()));
    });
  await run('PRAGMA journal_mode = WAL');
  await run('PRAGMA synchronous = FULL');
  return {
    run,
    update: (row, token) => run('UPDATE bare SET token = ? WHERE id = ?', [token, row]),
    close: () => new Promise((resolve) => database.close(() => resolve())),
  };
}
