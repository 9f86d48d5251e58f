/** The built gateway, told by its operator to look at its keyring. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { rotateKey } from '../../src/vault/keyring-changes.js';
import { changeKeyringFile } from '../../src/vault/keyring-file.js';
import { newKeyringText } from '../../src/vault/keyring.js';
import { freePort } from '../support/free-port.js';
import { startProgram, type Program } from '../support/program.js';

let folder: string;
let file: string;
let gateway: Program;
let url: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-reload-'));
  file = join(folder, 'keyring.json');
  await writeFile(file, newKeyringText({ development: false, clock: systemClock }), { mode: 0o600 });
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  gateway = startProgram('src/main.js', {
    PORT: String(port),
    LATCHKEY_PUBLIC_URL: url,
    LATCHKEY_DATA_FOLDER: join(folder, 'data'),
    LATCHKEY_KEYRING_FILE: file,
    LATCHKEY_JWT_ISSUER: 'https://login.example',
    LATCHKEY_JWT_AUDIENCE: 'latchkey',
    LATCHKEY_JWT_SECRET: 'a shared secret of more than 32 bytes',
  });
  await gateway.until('gateway.started');
});
afterEach(async () => {
  gateway.kill('SIGKILL');
  await gateway.ended;
  await rm(folder, { recursive: true });
});

test('SIGHUP takes up a rotated keyring, names its keys in the log, and the gateway goes on', async () => {
  const { sealWith } = await changeKeyringFile(file, (text) =>
    rotateKey(text, { clock: systemClock, random: randomBytes }),
  );
  gateway.kill('SIGHUP');
  await gateway.until('keyring.in_use');
  const line = lineOf('keyring.in_use');
  expect(line).toMatchObject({ sealingKid: sealWith });
  expect(line['kids']).toHaveLength(2);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
});

test('SIGHUP with a broken keyring changes nothing, says why, and the gateway goes on', async () => {
  await writeFile(file, '{ "sealWith": "a key pasted in the wrong place" }');
  gateway.kill('SIGHUP');
  await gateway.until('keyring.in_use');
  expect(lineOf('keyring.reload_refused')['level']).toBe('error');
  expect(JSON.stringify(lineOf('keyring.reload_refused'))).not.toContain('pasted');
  expect(lineOf('keyring.in_use')['kids']).toHaveLength(1);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
});

function lineOf(event: string): Record<string, unknown> {
  const line = gateway
    .output()
    .stdout.split('\n')
    .find((text) => text.includes(`"${event}"`));
  return JSON.parse(line ?? '{}') as Record<string, unknown>;
}
