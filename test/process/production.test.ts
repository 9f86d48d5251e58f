/** The built gateway as an operator runs it: node dist/src/main.js. */
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sqlite3 from 'sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { newKeyringText } from '../../src/vault/keyring.js';
import { freePort } from '../support/free-port.js';
import { startProgram, type Program } from '../support/program.js';

let folder: string;
let environment: Record<string, string>;
let running: Program | null = null;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-production-'));
  const keyringFile = join(folder, 'keyring.json');
  await writeFile(keyringFile, newKeyringText({ development: false, clock: systemClock }), { mode: 0o600 });
  const port = await freePort();
  environment = {
    PORT: String(port),
    LATCHKEY_PUBLIC_URL: `http://127.0.0.1:${port}`,
    LATCHKEY_DATA_FOLDER: join(folder, 'data'),
    LATCHKEY_KEYRING_FILE: keyringFile,
    LATCHKEY_JWT_ISSUER: 'https://login.example',
    LATCHKEY_JWT_AUDIENCE: 'latchkey',
    LATCHKEY_JWT_SECRET: 'a shared secret of more than 32 bytes',
  };
});
afterEach(async () => {
  running?.kill('SIGKILL');
  await running?.ended;
  running = null;
  await rm(folder, { recursive: true });
});

function start(): Program {
  return (running = startProgram('src/main.js', environment));
}

test('production starts on its settings alone, without demo, playground or introspection', async () => {
  const gateway = start();
  await gateway.until('gateway.started');
  const url = environment['LATCHKEY_PUBLIC_URL'] ?? '';
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  expect((await fetch(`${url}/playground`)).status).toBe(404);
  const introspection = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ __schema { types { name } } }' }),
  });
  expect(await introspection.text()).not.toContain('ConnectedAccount');
});

test('SIGTERM ends production with exit code 0, and a second start goes on with the same vault', async () => {
  for (const round of [1, 2]) {
    const gateway = start();
    await gateway.until('gateway.started');
    gateway.kill('SIGTERM');
    expect(await gateway.ended, `round ${round}`).toEqual({ code: 0, signal: null });
    expect(gateway.output().stdout).toContain('gateway.stopped');
  }
});

test('what production writes is for its own user alone', async () => {
  const gateway = start();
  await gateway.until('gateway.started');
  const { mode } = await stat(join(environment['LATCHKEY_DATA_FOLDER'] ?? '', 'latchkey.db'));
  expect((mode & 0o777).toString(8)).toBe('600');
});

test('without a key production does not start, and prints the command that makes one', async () => {
  delete environment['LATCHKEY_KEYRING_FILE'];
  const gateway = start();
  expect((await gateway.ended).code).toBe(78);
  expect(gateway.output().stderr).toContain('node dist/src/cli/latchkey.js keys new --out keyring.json');
});

test('all faults of the configuration are told at once, with exit code 78', async () => {
  environment = { PORT: 'many', LATCHKEY_JWT_ISSUER: '', LATCHKEY_PORT: '4000' };
  const gateway = start();
  expect((await gateway.ended).code).toBe(78);
  for (const name of ['PORT', 'LATCHKEY_JWT_ISSUER', 'LATCHKEY_PORT', 'LATCHKEY_KEYRING', 'LATCHKEY_PUBLIC_URL']) {
    expect(gateway.output().stderr).toContain(`  ${name} `);
  }
});

test('production refuses a keyring that was made for development', async () => {
  await writeFile(
    environment['LATCHKEY_KEYRING_FILE'] ?? '',
    newKeyringText({ development: true, clock: systemClock }),
  );
  const gateway = start();
  expect((await gateway.ended).code).toBe(78);
  expect(oneSentence(gateway)).toMatch(/made for development/);
});

test('a vault that was sealed with another key is not opened, and the sentence names the key', async () => {
  const first = start();
  await first.until('gateway.started');
  first.kill('SIGTERM');
  await first.ended;
  const keyringFile = environment['LATCHKEY_KEYRING_FILE'] ?? '';
  const { sealWith } = JSON.parse(await readFile(keyringFile, 'utf8')) as { sealWith: string };
  await writeFile(keyringFile, newKeyringText({ development: false, clock: systemClock }));
  const second = start();
  expect((await second.ended).code).toBe(78);
  expect(oneSentence(second)).toContain(`"${sealWith}"`);
});

test('a port in use is one sentence with the mend', async () => {
  const other: Server = createServer();
  await new Promise<void>((resolve) => other.listen(Number(environment['PORT']), '127.0.0.1', resolve));
  const gateway = start();
  expect((await gateway.ended).code).not.toBe(0);
  other.close();
  expect(oneSentence(gateway)).toMatch(/port \d+ on 127\.0\.0\.1 is in use; .*set PORT/);
});

test('a folder that cannot be written is one sentence with the mend', async () => {
  const file = join(folder, 'a-file');
  await writeFile(file, '');
  await chmod(file, 0o400);
  environment['LATCHKEY_DATA_FOLDER'] = join(file, 'data');
  const gateway = start();
  expect((await gateway.ended).code).not.toBe(0);
  expect(oneSentence(gateway)).toContain('LATCHKEY_DATA_FOLDER');
});

test('a database that another program holds is one sentence with the mend', async () => {
  const first = start();
  await first.until('gateway.started');
  first.kill('SIGTERM');
  await first.ended;
  const holder = new sqlite3.Database(join(environment['LATCHKEY_DATA_FOLDER'] ?? '', 'latchkey.db'));
  await new Promise<void>((resolve, reject) =>
    holder.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE', (error) => (error ? reject(error) : resolve())),
  );
  const gateway = start();
  expect((await gateway.ended).code).not.toBe(0);
  await new Promise((resolve) => holder.close(resolve));
  expect(oneSentence(gateway)).toMatch(/locked/);
});

/** What the program said on standard error: one sentence, no stack. */
function oneSentence(program: Program): string {
  const { stderr } = program.output();
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stderr).not.toMatch(/\n\s+at /);
  return stderr;
}
