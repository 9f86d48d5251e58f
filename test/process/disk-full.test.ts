/** A full disk under SQLite and under the journal, before a refresh and in the middle of one. First as SQLite and the
 *  system report it, within this process; then, where this user may mount one, a real disk of 8 MB under a real gateway. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sqlite3 from 'sqlite3';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ConnectedAccount } from '../../src/accounts/connected-account.js';
import { openJournalFile } from '../../src/vault/journal-file.js';
import { noJournal, type Journal } from '../../src/vault/journal.js';
import { LIFETIME_MS, openRefreshStage, type RefreshStage } from '../refresh/refresh-stage.js';
import { connectUser } from '../support/connected-user.js';
import { prepareGateway, type GatewayPlace } from '../support/gateway-process.js';
import type { Program } from '../support/program.js';
import { canMountDisks, mountSmallDisk, type SmallDisk } from '../support/small-disk.js';

describe('as SQLite and the system report it', () => {
  let stage: RefreshStage;
  let account: ConnectedAccount;
  let fullJournal: 'begin' | 'keep' | null;
  beforeEach(async () => {
    fullJournal = null;
    stage = await openRefreshStage({ journal: journalOnDisk() });
    account = await stage.connect();
    stage.clock.advance(LIFETIME_MS);
    // So that a change of tokens takes new pages of the file.
    await run('CREATE TABLE ballast AS SELECT 1 AS bytes');
    await run(
      'CREATE TRIGGER takes_room BEFORE UPDATE ON token_set BEGIN INSERT INTO ballast SELECT randomblob(100000); END',
    );
  });
  afterEach(() => stage.close());

  const run = (statement: string) => stage.database.write((transaction) => transaction.query(statement));
  const use = () => stage.freshTokens.use({ userId: 'anna', providerId: 'test', accountId: null });
  const makeRoom = () => run('PRAGMA max_page_count = 1000000');
  const unavailable = { code: 'DATABASE_UNAVAILABLE', remedy: 'RETRY' };

  /** SQLite says SQLITE_FULL then, and has rolled back. */
  async function fill(): Promise<void> {
    await run('PRAGMA max_page_count = 1'); // no fewer than there are
  }

  function journalOnDisk(): Journal {
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    const unless = async (step: 'begin' | 'keep') => {
      if (fullJournal === step) throw full;
    };
    return { ...noJournal, begin: () => unless('begin'), keep: () => unless('keep') };
  }

  async function fillWhileHeld(): Promise<ReturnType<typeof use>> {
    const { arrived, release } = stage.oidc.hold('token');
    const used = use();
    await arrived;
    await fill();
    release();
    return used;
  }

  test('the vault, before a refresh: nothing is sent, and with room it goes on', async () => {
    await fill();
    for (const _ of [1, 2]) await expect(use()).rejects.toMatchObject({ ...unavailable, detail: 'the disk is full' });
    expect(stage.posts()).toBe(0);
    await makeRoom();
    expect((await use()).version).toBe(2);
  });

  test('the vault, when the answer comes: it is held, and written by itself when there is room', async () => {
    await expect(fillWhileHeld()).rejects.toMatchObject(unavailable);
    expect(stage.log.lines.at(-1)).toMatchObject({ event: 'refresh.answer_held', err: { detail: 'the disk is full' } });
    await makeRoom();
    await vi.waitFor(async () => {
      stage.clock.advance(2_000);
      expect(await stage.version(account)).toBe(2);
    });
    expect(stage.posts()).toBe(1);
    expect(await stage.database.reader.query('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
  });

  test('the journal, before a refresh: nothing is sent, and with room it goes on', async () => {
    fullJournal = 'begin';
    await expect(use()).rejects.toMatchObject(unavailable);
    expect(stage.posts()).toBe(0);
    expect(stage.log.lines.at(-1)).toMatchObject({ event: 'refresh.journal_failed', err: { code: 'ENOSPC' } });
    fullJournal = null;
    expect((await use()).version).toBe(2);
  });

  test('the journal, when the answer comes: it goes to the vault all the same', async () => {
    fullJournal = 'keep';
    expect((await use()).version).toBe(2);
    expect(stage.log.lines).toContainEqual(
      expect.objectContaining({ event: 'refresh.journal_failed', step: 'keep', level: 'error' }),
    );
  });

  test('both, when the answer comes: it is held in memory, and written when there is room', async () => {
    fullJournal = 'keep';
    await expect(fillWhileHeld()).rejects.toMatchObject(unavailable);
    await makeRoom();
    expect((await use()).version).toBe(2);
    expect(stage.posts()).toBe(1);
  });
});

if (canMountDisks()) {
  describe('a real one', () => {
    const full = [{ extensions: { code: 'DATABASE_UNAVAILABLE', remedy: 'RETRY' } }];
    const anna = { data: { me: { name: 'Anna Example' } } };
    let place: GatewayPlace;
    let disk: SmallDisk;
    let token: string;
    let gateway: Program;
    afterEach(async () => {
      await place.stopAll();
      disk.remove();
      await place.close();
    });

    /** The disk holds this folder of the data folder. */
    async function startOn(folder: string): Promise<void> {
      place = await prepareGateway();
      disk = mountSmallDisk(join(place.dataFolder, folder));
      token = await place.app.tokenFor('anna');
      gateway = await place.start();
      await connectUser({ ...place, token, login: 'anna' });
      place.oidc.expireAccessTokens();
      codes = place.oidc.counts.token;
    }

    let codes = 0;
    const refreshes = () => place.oidc.counts.token - codes;
    const me = () => place.app.query({ query: '{ me(provider: "test") { name } }', token });
    const isReady = async () => (await fetch(`${place.app.url}/readyz`)).status === 200;
    const lineOf = async (event: string) => {
      await gateway.until(event);
      return gateway
        .output()
        .stdout.split('\n')
        .find((line) => line.includes(`"${event}"`));
    };

    test('under vault and journal, before a refresh: nothing is sent, and with room it goes on', async () => {
      await startOn('.');
      disk.fill();
      for (const _ of [1, 2]) expect((await me()).errors).toMatchObject(full);
      expect(refreshes()).toBe(0);
      expect(await isReady()).toBe(false);
      expect(await lineOf('refresh.journal_failed')).toContain('no space left on device');
      disk.makeRoom();
      expect(await me()).toMatchObject(anna);
      expect(refreshes()).toBe(1);
      expect(await isReady()).toBe(true);
      await endAndCheck();
    });

    test('under vault and journal, when the answer comes: with room it is written by itself, and not sent for again', async () => {
      await startOn('.');
      const { arrived, release } = place.oidc.hold('token');
      const asked = me();
      await arrived;
      disk.fill();
      release();
      expect((await asked).errors).toMatchObject(full);
      expect(await lineOf('refresh.answer_held')).toContain('the disk is full');
      disk.makeRoom();
      await gateway.until('refresh.answer_kept');
      expect(await me()).toMatchObject(anna);
      expect(refreshes()).toBe(1);
      await endAndCheck();
    });

    test('under the journal alone: nothing is sent, and with room it goes on', async () => {
      await startOn('journal');
      disk.fill();
      expect((await me()).errors).toMatchObject(full);
      expect(refreshes()).toBe(0);
      disk.makeRoom();
      expect(await me()).toMatchObject(anna);
    });

    test('under the journal’s file: of a line that finds no room nothing stays, and the next is whole', async () => {
      await startOn('spare');
      const path = join(place.dataFolder, 'spare', 'lines');
      const lines: string[] = [];
      const file = await openJournalFile({ path, stillOpen: () => lines });
      const put = async (line: string) => {
        lines.push(line);
        await file.append(line).catch((error: unknown) => {
          lines.pop();
          throw error;
        });
      };
      await put('the first');
      disk.fill();
      await expect(put('x'.repeat(10_000))).rejects.toMatchObject({ code: 'ENOSPC' });
      disk.makeRoom();
      await put('the next');
      expect(await readFile(path, 'utf8')).toBe('the first\nthe next\n');
      await file.close();
    });

    async function endAndCheck(): Promise<void> {
      gateway.kill('SIGTERM');
      expect(await gateway.ended).toEqual({ code: 0, signal: null });
      for (const file of ['latchkey.db', 'jobs.db']) expect(await integrityOf(join(place.dataFolder, file))).toBe('ok');
    }
  });
}

function integrityOf(file: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const database = new sqlite3.Database(file);
    database.all<{ integrity_check: string }>('PRAGMA integrity_check', (error, rows) => {
      database.close();
      if (error) reject(error);
      else resolve(rows.map((row) => row.integrity_check).join('\n'));
    });
  });
}
