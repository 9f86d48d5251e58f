/** What the gateway prints when it dies of a fault of its own: that it died and of what, and no credential. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StartFault } from '../../src/config/start-fault.js';
import { explainError } from '../../src/cli/explain-error.js';
import { prepareGateway, type GatewayPlace } from '../support/gateway-process.js';

const credentials = {
  'a JWT': 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJwbGFudGVkIn0.c2lnbmF0dXJlLXBsYW50ZWQ',
  'an opaque token': 'pT4kQ9vZ1mX7cB2nL8sD5fG3hJ6wR0yE-planted_A1b2',
  'a bearer header': 'Bearer planted-s3cret',
  'a client secret by name': 'client_secret=planted-s3cret',
};
const message = `The planted fault quotes ${Object.values(credentials).join(' and ')} to the end.`;

let place: GatewayPlace;
let folder: string;
beforeEach(async () => {
  place = await prepareGateway();
  folder = await mkdtemp(join(tmpdir(), 'latchkey-crash-'));
});
afterEach(async () => {
  await place.close();
  await rm(folder, { recursive: true });
});

function credentialsIn(text: string): string[] {
  return Object.entries(credentials)
    .filter(([, value]) => text.includes(value) || text.includes(value.replace(/^\S+[ =]/, '')))
    .map(([name]) => name);
}

test.each([
  ['an exception that nobody caught', 'setImmediate(() => { throw fault; })'],
  ['a rejection that nobody caught', 'void Promise.reject(fault)'],
  ['an exception whose cause quotes it', 'setImmediate(() => { throw new Error("wrapped", { cause: fault }); })'],
  ['something thrown that is no error', 'setImmediate(() => { throw fault.message; })'],
])('%s ends the process with code 1, and what it prints holds no credential', async (_what, die) => {
  const file = join(folder, 'die.mjs');
  const code = `const fault = new Error(${JSON.stringify(message)});\nprocess.on('SIGUSR2', () => { ${die}; });\n`;
  await writeFile(file, code);
  const gateway = await place.start({ NODE_OPTIONS: `--import=${pathToFileURL(file).href}` });
  gateway.kill('SIGUSR2');
  expect(await gateway.ended).toEqual({ code: 1, signal: null });
  const { stdout, stderr } = gateway.output();
  expect(stdout).toContain('process.unhandled_fault');
  expect(stdout).toMatch(/The planted fault quotes .* to the end\./); // the search looks where the message is
  expect(credentialsIn(message)).toHaveLength(4);
  expect(credentialsIn(stdout + stderr)).toEqual([]);
});

test('what a command prints of an unknown fault is sealed like a line of the log, and our own sentences are not', () => {
  expect(credentialsIn(explainError(new Error(message)))).toEqual([]);
  expect(explainError(new Error(message))).toContain('The planted fault quotes [sealed]');
  const sentence = 'The vault holds values sealed with the key "2026-11-24-9f3a2b7c"; put that key back.';
  expect(explainError(new StartFault(sentence))).toBe(sentence);
});
