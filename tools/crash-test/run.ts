/** npm run crash-test -- [--kills N] [--database sqlite|postgres|both] [--mode MODE] [--seed S] [--postgres-url URL]
 *  Prints a table; ends with 1 where a grant was lost that must not be, or an account does not say what became of it. */
import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { crashTest, ledgerModes, type CrashReport } from './crash-test.js';
import { startPostgres } from './postgres.js';
import { lossesOf, tableOf } from './report.js';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    database: { type: 'string', default: 'both' },
    mode: { type: 'string' },
    seed: { type: 'string', default: '1' },
    'postgres-url': { type: 'string' },
  },
});
const kinds = values.database === 'both' ? (['sqlite', 'postgres'] as const) : [values.database];
const modes = ledgerModes.filter((mode) => values.mode === undefined || mode === values.mode);
const total = Number(values.kills);
if (
  !Number.isSafeInteger(total) ||
  total < 1 ||
  modes.length === 0 ||
  kinds.some((kind) => !/^(sqlite|postgres)$/.test(kind ?? ''))
) {
  console.error(
    'Usage: npm run crash-test -- [--kills N] [--database sqlite|postgres|both] [--mode stable|grace|untilFirstUse|revokes] [--seed S] [--postgres-url URL]',
  );
  process.exit(64);
}

const places = kinds.flatMap((kind) => modes.map((mode) => ({ kind, mode })));
const server = kinds.includes('postgres') ? await startPostgres(values['postgres-url'] ?? null) : null;
const reports: CrashReport[] = [];
try {
  for (const [at, { kind, mode }] of places.entries()) {
    // As evenly as the number allows.
    const kills = Math.floor(((at + 1) * total) / places.length) - Math.floor((at * total) / places.length);
    if (kills === 0) continue;
    const postgresUrl = kind === 'postgres' && server ? await server.makeDatabase(Client) : null;
    const report = await crashTest({ mode, postgresUrl, kills, seed: Number(values.seed) + at });
    reports.push(report);
    console.log(`${kind} ${mode}: ${report.kills} kills, ${report.refreshes} refreshes`);
  }
} finally {
  await server?.close();
}
console.log(`\n${tableOf(reports)}`);
const losses = reports.flatMap(lossesOf);
for (const loss of losses) console.error(loss);
process.exit(losses.length === 0 ? 0 : 1);
