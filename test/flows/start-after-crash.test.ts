/** What a gateway on SQLite finds when it starts where another has died. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { openDatabase } from '../../src/database/open-database.js';
import { entities, migrations } from '../../src/entities.js';
import { newKeyringText } from '../../src/vault/keyring.js';
import { silentLog } from '../support/silent-log.js';
import { startTestApp } from '../support/test-app.js';

test('an authorization that a gateway on SQLite died at is interrupted before the next one serves', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-crash-'));
  const keyringFile = join(folder, 'keyring.json');
  await writeFile(keyringFile, newKeyringText({ development: true, clock: systemClock }));
  const environment = { LATCHKEY_DATA_FOLDER: folder, LATCHKEY_KEYRING_FILE: keyringFile };
  const start = () => startTestApp({ database: 'sqlite', environment, providers: () => [] });

  const first = await start();
  await first.close();
  const database = await openDatabase({ config: first.config.database, entities, migrations, log: silentLog });
  const later = systemClock.now() + 90_000;
  await database.write((transaction) =>
    transaction.query(
      `INSERT INTO completed_authorization
         (state_hash, answer_hash, actor_id, subject_id, provider_id, status, deadline_at, expires_at)
       VALUES ('state', 'answer', 'anna', 'anna', 'test', 'EXCHANGING', ${later}, ${later})`,
    ),
  );
  const second = await start();
  const [row] = await database.reader.query('SELECT deadline_at FROM completed_authorization');
  expect(Number(row?.deadline_at)).toBeLessThan(later - 60_000);
  expect(second.logLines.join('\n')).toContain('authorizations.interrupted');
  await second.close();
  await database.close();
  await rm(folder, { recursive: true });
});
