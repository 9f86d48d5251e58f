/** A copy of the vault that is made while the gateway serves: whole, private, and a vault of its own. */
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { copySqlite } from '../../src/database/copy-sqlite.js';
import { connectUser } from '../support/connected-user.js';
import { prepareGateway, type GatewayPlace } from '../support/gateway-process.js';
import { startProgram, type Program } from '../support/program.js';

let place: GatewayPlace;
let folder: string;
beforeEach(async () => {
  place = await prepareGateway();
  folder = await mkdtemp(join(tmpdir(), 'latchkey-backup-'));
});
afterEach(async () => {
  await place.close();
  await rm(folder, { recursive: true });
});

const accounts = '{ viewer { connectedAccounts { edges { node { id status } } } } }';

function backup(out: string, dataFolder = place.dataFolder): Program {
  return startProgram('src/cli/latchkey.js', { LATCHKEY_DATA_FOLDER: dataFolder }, ['backup', '--out', out]);
}

/** Connects one person after another until it is told to stop. */
function keepConnecting(): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const connecting = (async () => {
    for (let index = 0; !stopping.signal.aborted; index += 1) {
      await connectUser({ ...place, token: await place.app.tokenFor(`user-${index}`), login: `user-${index}` });
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await connecting;
    },
  };
}

test('a copy that is made while accounts are connected opens as a vault in which the account still works', async () => {
  const gateway = await place.start();
  const token = await place.app.tokenFor('anna');
  const accountId = await connectUser({ ...place, token, login: 'anna' });
  const load = keepConnecting();
  const copy = join(folder, 'copy.db');
  const made = backup(copy);
  expect(await made.ended, made.output().stderr).toEqual({ code: 0, signal: null });
  expect(made.output().stdout).toContain(copy);
  await load.stop();
  expect(((await stat(copy)).mode & 0o777).toString(8)).toBe('600');

  gateway.kill('SIGKILL');
  await gateway.ended;
  await rename(place.dataFolder, `${place.dataFolder}-lost`);
  await mkdir(place.dataFolder);
  await rename(copy, join(place.dataFolder, 'latchkey.db'));
  await place.start();
  const { data } = await place.app.query({ query: accounts, token });
  expect(data['viewer']).toEqual({ connectedAccounts: { edges: [{ node: { id: accountId, status: 'ACTIVE' } }] } });
  const me = await place.app.query({ query: '{ me(provider: "test") { name } }', token });
  expect(me).toMatchObject({ data: { me: { name: 'Anna Example' } } });
});

test('the statement that docs/operations.md gives to sqlite3 is the one that is tested here', async () => {
  await place.start();
  const page = await readFile('docs/operations.md', 'utf8');
  const command = /^sqlite3 \/var\/lib\/latchkey\/latchkey\.db "VACUUM INTO '\/backup\/latchkey\.db'"$/m.exec(
    page,
  )?.[0];
  expect(command).toBeDefined();
  const copy = join(folder, 'copy.db');
  const own = command
    ?.replace('/var/lib/latchkey', place.dataFolder)
    .replace('/backup/latchkey.db', copy)
    .replace(/^sqlite3/, '');
  const done = spawnSync('sh', ['-c', `command -v sqlite3 >/dev/null || exit 127; sqlite3 ${own}`]);
  // Where the program is not installed, its statement is run by the package that we have.
  if (done.status === 127) await copySqlite({ file: join(place.dataFolder, 'latchkey.db'), out: copy });
  expect((await readFile(copy)).subarray(0, 15).toString()).toBe('SQLite format 3');
});

test.each([
  ['a file that exists', async (out: string) => writeFile(out, 'the last good copy'), 'exists already'],
  ['a folder that does not exist', async () => undefined, 'cannot be written'],
])('a copy to %s is refused in one sentence, and nothing is overwritten', async (what, prepare, sentence) => {
  await place.start();
  const out = what === 'a file that exists' ? join(folder, 'there.db') : join(folder, 'missing', 'copy.db');
  await prepare(out);
  const made = backup(out);
  expect((await made.ended).code).toBe(73);
  expect(made.output().stderr.trim().split('\n')).toHaveLength(1);
  expect(made.output().stderr).toContain(sentence);
  if (what === 'a file that exists') expect(await readFile(out, 'utf8')).toBe('the last good copy');
});

test('where there is no vault nothing is made, and the sentence names the setting', async () => {
  const out = join(folder, 'copy.db');
  const made = backup(out, join(folder, 'nowhere'));
  expect((await made.ended).code).toBe(78);
  expect(made.output().stderr).toContain('LATCHKEY_DATA_FOLDER');
  await expect(stat(out)).rejects.toThrow('ENOENT');
});
