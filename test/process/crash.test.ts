/** A hundred kills (SIGKILL) of workers in the middle of refreshes, at every named step and at random, before providers that
 *  take a refresh token again in each of the four ways; what every account says at the end is held against the provider's
 *  own ledger. `npm run crash-test -- --kills N` does any number (docs/crash-window.md). */
import { describe, expect, test } from 'vitest';
import { crashSteps, crashTest, ledgerModes } from '../../tools/crash-test/crash-test.js';
import { databaseKinds } from '../support/test-database.js';
import { createTestPostgres } from '../support/test-postgres.js';

const ALL_KILLS = 100;
const places = databaseKinds.flatMap((kind) => ledgerModes.map((mode) => ({ kind, mode })));

describe.each(places.map((place, at) => ({ ...place, at })))('on $kind, at a provider: $mode', ({ kind, mode, at }) => {
  // Thirteen steps, and a hundred kills over eight places: each place leaves out one of the steps, another one each time.
  const kills = Math.floor(((at + 1) * ALL_KILLS) / places.length) - Math.floor((at * ALL_KILLS) / places.length);

  test(`${kills} kills lose no grant in silence${mode === 'revokes' ? '' : ', and none at all'}`, async () => {
    const postgres = kind === 'postgres' ? await createTestPostgres() : null;
    const report = await crashTest({ mode, postgresUrl: postgres?.url ?? null, kills, seed: at * 5 });
    await postgres?.drop();
    expect(report.silent).toEqual([]);
    expect(report.wronglyTold).toEqual([]);
    expect(report.killsByStep.size).toBe(Math.min(kills, crashSteps.length));
    if (mode !== 'revokes') expect(report.reported).toBe(0);
  }, 300_000);
});
