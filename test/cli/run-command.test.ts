import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runCommand } from '../../src/cli/run-command.js';
import { Secret } from '../../src/secret.js';
import { parseKeyring } from '../../src/vault/keyring.js';
import { createTestClock } from '../support/test-clock.js';
import { completeEnvironment, type Changes } from '../support/test-config.js';

let folder: string;
let output: string;
let errors: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-cli-'));
  output = '';
  errors = '';
});

afterEach(() => rm(folder, { recursive: true }));

function run(words: readonly string[], environment: Changes = {}): Promise<number> {
  return runCommand(words, {
    sources: {
      environment,
      readFile: (path) => readFileSync(path, 'utf8'),
      readFolder: (path) => readdirSync(path),
    },
    clock: createTestClock(),
    write: (text) => void (output += text),
    writeError: (text) => void (errors += text),
  });
}

function keyringIn(text: string): { isDevelopment: boolean } | null {
  const parsed = parseKeyring(Secret.of(text));
  return 'value' in parsed ? parsed.value : null;
}

async function withKeyring(kind: 'production' | 'development'): Promise<Changes> {
  const file = join(folder, 'keyring.json');
  await run(['keys', 'new', '--out', file, ...(kind === 'development' ? ['--development'] : [])]);
  output = '';
  return { ...completeEnvironment, LATCHKEY_KEYRING: undefined, LATCHKEY_KEYRING_FILE: file };
}

describe('keys new', () => {
  test('prints a keyring that opens', async () => {
    expect(await run(['keys', 'new'])).toBe(0);
    expect(keyringIn(output)).toMatchObject({ isDevelopment: false });
  });

  test('marks a keyring for development when asked', async () => {
    expect(await run(['keys', 'new', '--development'])).toBe(0);
    expect(keyringIn(output)).toMatchObject({ isDevelopment: true });
  });

  test('writes a file that only its owner may read, and prints no part of it', async () => {
    const file = join(folder, 'keyring.json');
    expect(await run(['keys', 'new', '--out', file])).toBe(0);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const text = await readFile(file, 'utf8');
    expect(keyringIn(text)).not.toBeNull();
    for (const key of text.match(/[\w-]{43}/g) ?? ['none']) expect(output).not.toContain(key);
    expect(output).toContain('LATCHKEY_KEYRING_FILE');
  });

  test('never overwrites a file, which may hold the only key to a vault', async () => {
    const file = join(folder, 'keyring.json');
    await writeFile(file, 'the only key');
    expect(await run(['keys', 'new', '--out', file])).toBe(73);
    expect(errors).toBe(`${file} exists already and may hold the only key to a vault; name another file.\n`);
    expect(await readFile(file, 'utf8')).toBe('the only key');
  });

  test('says in one sentence that a folder is missing', async () => {
    expect(await run(['keys', 'new', '--out', join(folder, 'gone', 'keyring.json')])).toBe(73);
    expect(errors.trimEnd().split('\n')).toHaveLength(1);
  });
});

describe('migrate', () => {
  test('needs no setting but the folder, makes the database, and may be repeated', async () => {
    const environment = { LATCHKEY_DATA_FOLDER: join(folder, 'data') };
    expect(await run(['migrate'], environment)).toBe(0);
    expect(output).toContain('database.migrated');
    output = '';
    expect(await run(['migrate'], environment)).toBe(0);
    expect(output).toBe(`The database ${join(folder, 'data', 'latchkey.db')} is up to date.\n`);
    expect(await readdir(join(folder, 'data'))).toEqual(['latchkey.db']);
  });

  test('says in one sentence that the file is no database', async () => {
    await writeFile(join(folder, 'latchkey.db'), 'a letter to a friend, and no database at all');
    expect(await run(['migrate'], { LATCHKEY_DATA_FOLDER: folder })).toBe(78);
    expect(errors).toMatch(/is not a SQLite database; .*\n$/);
  });
});

describe('config check', () => {
  test('says that the configuration holds, and shows no secret', async () => {
    expect(await run(['config', 'check'], await withKeyring('production'))).toBe(0);
    expect(output).toContain('The configuration holds (production).');
    for (const key of (await readFile(join(folder, 'keyring.json'), 'utf8')).match(/[\w-]{43}/g) ?? ['none']) {
      expect(output).not.toContain(key);
    }
  });

  test('tells every fault of settings, providers and keyring, with exit code 78', async () => {
    await writeFile(join(folder, 'crm.yaml'), 'name: CRM\nscope: openid\n');
    const faulty = { PORT: 'x', LATCHKEY_PROVIDERS_FOLDER: folder, LATCHKEY_KEYRING: '{}', LATCHKEY_JWT_ISSUER: '' };
    expect(await run(['config', 'check'], { ...completeEnvironment, ...faulty })).toBe(78);
    for (const place of ['PORT', 'LATCHKEY_JWT_ISSUER', 'crm.yaml', 'LATCHKEY_KEYRING: keys']) {
      expect(errors).toContain(place);
    }
  });

  test('refuses in production a keyring that was made for development', async () => {
    expect(await run(['config', 'check'], await withKeyring('development'))).toBe(78);
    expect(errors).toContain('made for development');
  });
});

describe('the command line', () => {
  test('answers an unknown command with a pointer to the list', async () => {
    expect(await run(['unlock'])).toBe(1);
    expect(errors).toContain('--help');
  });

  test('lists its commands', async () => {
    expect(await run(['--help'])).toBe(0);
    for (const command of ['keys', 'migrate', 'config']) expect(output).toContain(command);
  });
});
