/** `latchkey rehearse` as an operator types it, with nothing set but the folder of their files. */
import 'reflect-metadata';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runCommand } from '../../src/cli/run-command.js';
import type { Rehearsal } from '../../src/rehearse/rehearse.js';
import { createTestClock } from '../support/test-clock.js';

let folder: string;
let output: string;
let errors: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-rehearse-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const acme = `
name: Acme
endpoints: { authorize: https://login.acme.example/authorize, token: https://api.acme.example/token }
scopes: [read, write]
scopeSeparator: ','
answers:
  at: data
  success: ok
  error: [code]
  errors:
    - { codes: [token_dead], means: deadGrant }
    - { codes: [4001-4099], means: configuration }
me: { url: https://api.acme.example/me, map: { externalId: id, name: name } }
rotation: { rotates: always, replay: grace, graceSeconds: 600 }
`;

async function rehearse(...words: readonly string[]): Promise<number> {
  output = '';
  errors = '';
  return runCommand(['rehearse', ...words], {
    sources: {
      environment: { LATCHKEY_PROVIDERS_FOLDER: folder },
      readFile: (path) => readFileSync(path, 'utf8'),
      readFolder: (path) => readdirSync(path),
    },
    clock: createTestClock(),
    write: (text) => void (output += text),
    writeError: (text) => void (errors += text),
  });
}

const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);

/** The steps that failed, with what to change. */
async function faultsOf(text: string): Promise<Record<string, string>> {
  write('acme.yaml', text);
  expect(await rehearse('acme', '--json')).toBe(1);
  const [{ steps } = { steps: [] }] = JSON.parse(output) as Rehearsal[];
  const bad = steps.filter(({ outcome }) => outcome === 'failed');
  return Object.fromEntries(bad.map(({ step, says, mend }) => [step, [says, ...mend].join(' ')]));
}

test('a definition that holds together is walked to its end, a line a step', async () => {
  write('acme.yaml', acme);
  expect(await rehearse('acme'), output + errors).toBe(0);
  expect(errors).toBe('');
  const steps = output.split('\n').map((line) => line.trim().split(/ {2,}/).slice(0, 2).join(' '));
  expect(steps).toEqual([
    'acme',
    'ok connect',
    'ok decline',
    'ok me',
    'skipped api',
    'ok refresh',
    'ok refused token',
    'ok lost answer',
    'ok dead grant',
    'ok refused client',
    'ok disconnect',
    '',
  ]);
});

test('--all takes every file of the folder, and a file stands over a shipped definition of its name', async () => {
  write('acme.yaml', acme);
  write('github.yaml', `${acme}\nname: Not GitHub\n`.replace('name: Acme\n', ''));
  expect(await rehearse('--all', '--json'), output).toBe(0);
  const rehearsals = JSON.parse(output) as Rehearsal[];
  expect(rehearsals.map(({ provider, isGood }) => [provider, isGood])).toEqual([
    ['acme', true],
    ['github', true],
  ]);
  expect(rehearsals[1]?.steps.find(({ step }) => step === 'refresh')?.outcome).toBe('ok'); // GitHub has none
  expect(errors).toBe('acme: ok\ngithub: ok\n');
});

test('a definition that is shipped needs no file', async () => {
  expect(await rehearse('withings'), output).toBe(0);
});

test('a provider on the operator’s own machine is rehearsed as well', async () => {
  write('acme.yaml', `${acme.replaceAll(/https:\/\/\w+\.acme\.example/g, 'http://127.0.0.1:4001')}network: loopback\n`);
  expect(await rehearse('acme'), output).toBe(0);
});

test('a file that cannot be read is told key by key, and the exit code is 1', async () => {
  const faults = await faultsOf(`${acme}grantTypes: [password]\n`);
  expect(faults['definition']).toContain('acme.yaml: grantTypes: grants and response types cannot be configured');
});

test.each([
  [
    'an id that is the same for everybody',
    ['externalId: id', `externalId: "join(':', [to_string(team), to_string(id)])"`],
    'me',
    'Guard it',
  ],
  [
    'a rule that stands before the one that is meant',
    ['- { codes: [token_dead]', '- { codes: [token_dead], means: request }\n    - { codes: [token_dead]'],
    'dead grant',
    'means: deadGrant',
  ],
  [
    'a wrong secret that is taken for a dead grant',
    ['- { codes: [4001-4099]', '- { codes: [4000-4500], means: deadGrant }\n    - { codes: [4001-4099]'],
    'refused client',
    'means: configuration',
  ],
  ['a success that is none', ['success: ok', 'success: ok && data.token_dead'], 'connect', 'no answer can be made up'],
  [
    'an expression that no answer can fulfil',
    ['me: {', 'tokens: { access_token: "length(tokens)" }\nme: {'],
    'connect',
    'length(tokens)',
  ],
])('%s is found, and what to change is said', async (_, [from = '', to = ''], step, hint) => {
  const faults = await faultsOf(acme.replace(from, to));
  expect(faults[step]).toContain(hint);
});

test.each([
  [['nobody'], 'There is no provider "nobody"'],
  [[], 'name a provider, or give --all'],
])('%j is refused with what to do', async (words, why) => {
  expect(await rehearse(...words)).toBe(78);
  expect(errors).toContain(why);
});
