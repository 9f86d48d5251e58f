/** `npm run bench:refresh`: what refreshing in the background costs, on SQLite and on PostgreSQL. About eight minutes;
 *  `-- --quick` for one. The provider, the gateway and the bare loop are processes of their own; this one makes accounts due,
 *  asks for `me` meanwhile, and reads at the provider when each refresh arrived. */
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { exportSPKI, generateKeyPair } from 'jose';
import 'reflect-metadata';
import { request } from 'undici';
import { systemClock as clock } from '../../src/clock.js';
import { Secret } from '../../src/secret.js';
import { newKeyringText } from '../../src/vault/keyring.js';
import { configOf } from '../gateway-config.js';
import { signTokens } from '../stage.js';
import { startProgram, type Program } from '../start-program.js';
import { openDueMaker, type DueMaker } from './make-due.js';
import { pacedLoad } from './paced-load.js';
import type { Arrivals } from './provider-process.js';
import { measureResidents } from './residents.js';
import { measureWays } from './ways.js';
import { goalsOf, quantiles, writeRefreshReport, type RefreshFigures } from './report.js';

const thorough = { atOnce: 10_000, inAMinute: 10_000, minuteMs: 60_000, quietMs: 15_000, residents: [1e3, 1e5, 1e6] };
const quick = { atOnce: 1_000, inAMinute: 500, minuteMs: 3_000, quietMs: 4_000, residents: [1e3, 1e4] };
const askers = 50;
const noPlan = { upstreamUrl: '', publicKeyPem: '', people: 0, folder: '', databaseUrl: null };

type Kind = 'sqlite' | 'postgres';

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    database: { type: 'string' },
    ways: { type: 'boolean', default: false },
  },
});
const pace = options.quick ? quick : thorough;
const all: RefreshFigures[] = [];
if (options.ways) await withFolder(compareWays);
else
  for (const kind of ['postgres', 'sqlite'] as const) {
    if ((options.database ?? kind) === kind) all.push(await withFolder((folder) => measureOn(kind, folder)));
  }
if (!options.ways) await writeRefreshReport(all, goalsOf(all));

async function compareWays(folder: string): Promise<void> {
  const postgres = await startProgram('postgres-process', { ...noPlan, folder });
  try {
    const config = { kind: 'postgres', url: Secret.of(postgres.url), place: 'the bench', poolSize: 10 } as const;
    console.table(await measureWays(config, pace.atOnce));
  } finally {
    await postgres.stop();
  }
}

async function measureOn(kind: Kind, folder: string): Promise<RefreshFigures> {
  const programs: Program[] = [];
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const people = Math.max(pace.atOnce, pace.inAMinute) + askers;
  const plan = { upstreamUrl: '', publicKeyPem: await exportSPKI(publicKey), people, folder, databaseUrl: null };
  const start = async (name: string, given: object = {}): Promise<Program> => {
    const own = join(folder, basename(name));
    await mkdir(own);
    const program = await startProgram(name, { ...plan, folder: own, ...given });
    programs.push(program);
    return program;
  };
  let maker: DueMaker | null = null;
  try {
    const databaseUrl = kind === 'postgres' ? (await start('postgres-process')).url : null;
    const provider = await start('refresh/provider-process');
    const place = { databaseUrl, upstreamUrl: provider.url };
    say(`${kind}: ${people} accounts`);
    const gateway = await start('refresh/gateway-process', place);
    const bare = await start('refresh/bare-loop-process', place);
    const config = configOf(
      { ...plan, ...place, folder: join(folder, 'gateway-process') },
      newKeyringText({ development: true, clock }),
    );
    maker = await openDueMaker(config.database);
    const tokens = (await signTokens(privateKey, people)).slice(-askers);
    const ask = { gateway, provider, maker, tokens };

    await drain(ask, 200); // until the code is compiled
    const bareBefore = await measureBare(bare);
    const burst = await drain(ask, pace.atOnce);
    const bareAfter = await measureBare(bare);
    const minute = await spread(ask, pace.inAMinute, pace.minuteMs);
    const quiet = await quietMe(ask, pace.quietMs);
    const busy = await drainWhileAsked(ask, pace.atOnce);
    await maker.close();
    maker = null;
    await gateway.stop();
    programs.splice(programs.indexOf(gateway), 1);
    const residents = await measureResidents({ config: config.database, counts: pace.residents, say });
    const barePerSecond = (bareBefore + bareAfter) / 2;
    return { database: kind, ...burst, barePerSecond, late: minute, quietMe: quiet, busyMe: busy, residents };
  } finally {
    await maker?.close();
    for (const program of programs.toReversed()) await program.stop();
  }
}

interface Asked {
  readonly gateway: Program;
  readonly provider: Program;
  readonly maker: DueMaker;
  readonly tokens: readonly string[];
}

async function measureBare({ url }: Program): Promise<number> {
  const answer = await request(url);
  const rate = Number(await answer.body.text());
  say(`bare loop: ${rate.toFixed(0)} a second`);
  return rate;
}

/** All due at one instant. */
async function drain({ gateway, provider, maker }: Asked, count: number) {
  const from = Date.now() + 3000 + count / 2;
  await maker.makeDue({ count, from, everyMs: 0 });
  if (Date.now() > from) throw new Error('Making the accounts due took longer than was left for it.');
  const before = await gateway.read();
  const arrived = await allArrivals(provider, count);
  while ((await maker.overdue()) > 0) await sleep(50);
  const doneMs = Date.now() - from;
  const after = await gateway.read();
  const times = arrived.map(([, at]) => at - from).toSorted((one, other) => one - other);
  const figures = {
    atOnce: count,
    firstMs: times[0] ?? Number.NaN,
    allMs: doneMs,
    perSecond: (count / doneMs) * 1000,
    statementsPerRefresh: (after.statements - before.statements) / count,
    writesPerRefresh: (after.writes - before.writes) / count,
    cpuMsPerRefresh: (after.cpuMicros - before.cpuMicros) / 1000 / count,
  };
  say(
    `${count} at once: first after ${figures.firstMs} ms, all after ${doneMs} ms, ${figures.perSecond.toFixed(0)} a second`,
  );
  return figures;
}

/** One after another, evenly. */
async function spread({ provider, maker }: Asked, count: number, overMs: number) {
  const from = Date.now() + 3000 + count / 2;
  const everyMs = Math.max(1, Math.round(overMs / count));
  await maker.makeDue({ count, from, everyMs });
  const arrived = await allArrivals(provider, count);
  const late = quantiles(arrived.map(([person, at]) => at - (from + person * everyMs)));
  say(`${count} within ${overMs / 1000} s: late p50 ${late.p50} ms, p99 ${late.p99} ms`);
  return late;
}

async function quietMe({ gateway, tokens }: Asked, ms: number) {
  const end = Date.now() + ms;
  await pacedLoad({ url: gateway.url, tokens, isOver: () => Date.now() > end - ms * 0.7 }); // until it is warm
  const { latencies } = await pacedLoad({ url: gateway.url, tokens, isOver: () => Date.now() > end });
  const quiet = quantiles(latencies);
  say(`me, quiet: p50 ${quiet.p50.toFixed(1)} ms, p99 ${quiet.p99.toFixed(1)} ms`);
  return quiet;
}

async function drainWhileAsked(asked: Asked, count: number) {
  const { gateway, provider, maker, tokens } = asked;
  const from = Date.now() + 3000 + count / 2;
  await maker.makeDue({ count, from, everyMs: 0 });
  await sleep(from - Date.now());
  let isOver = false;
  const loading = pacedLoad({ url: gateway.url, tokens, isOver: () => isOver });
  await allArrivals(provider, count);
  isOver = true;
  const busy = quantiles((await loading).latencies);
  say(`me while ${count} drain: p50 ${busy.p50.toFixed(1)} ms, p99 ${busy.p99.toFixed(1)} ms`);
  return busy;
}

async function allArrivals({ url }: Program, count: number): Promise<Arrivals> {
  const arrived: (readonly [number, number])[] = [];
  const end = Date.now() + 60_000;
  while (arrived.length < count) {
    if (Date.now() > end) throw new Error(`Only ${arrived.length} of ${count} refreshes came.`);
    const answer = await request(`${url}/arrivals`);
    arrived.push(...((await answer.body.json()) as Arrivals));
    await sleep(100);
  }
  return arrived;
}

async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-bench-'));
  await chmod(folder, 0o711); // PostgreSQL runs as another user, whose files stand inside
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function say(text: string): void {
  console.error(`${(performance.now() / 1000).toFixed(0).padStart(4)} s  ${text}`);
}
