/** `npm run bench:proxy`: what a call through /proxy costs against a bare pass-through, in one run, and whether 1 GiB passes
 *  in little memory. About a minute; `-- --quick` for 64 MiB and a few seconds. The provider, both subjects and the load (this
 *  process) are processes of their own; the subjects take turns. Prints a table; writes bench/results/proxy.json. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { providerId } from '../people.js';
import { openStage } from '../stage.js';
import type { Subject } from '../subjects.js';
import { loadCalls, type CallFigures } from './load-calls.js';
import { transfer, type Transfer } from './transfer.js';

const goals = { ratio: 0.7, memoryMegabytes: 64 };
const people = 50;
const { values: options } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const pace = options.quick
  ? { rounds: 1, seconds: 2, warmUpSeconds: 2, bytes: 64 * 1024 * 1024 }
  : { rounds: 3, seconds: 4, warmUpSeconds: 4, bytes: 1024 * 1024 * 1024 };
const levels = [1, 10, 50];

const subjects: readonly Subject[] = [
  { id: 'latchkey', name: 'Latchkey /proxy', program: 'latchkey-process', database: 'sqlite', part: 'measured' },
  {
    id: 'bare',
    name: 'bare undici pass-through',
    program: 'proxy/pass-through-process',
    database: null,
    part: 'pass-through',
  },
];

interface Row extends CallFigures {
  /** Processor time of the subject for one call; a busy machine changes it less than the rate. */
  readonly cpuMicros: number;
  readonly subject: string;
  readonly connections: number;
}

const folder = await mkdtemp(join(tmpdir(), 'latchkey-bench-'));
try {
  const stage = await openStage({ subjects, people, folder, upstream: 'proxy/api-process' });
  try {
    const targets = stage.subjects.map(({ subject, program }) => ({
      subject,
      program,
      url: addressOf(subject, program.url),
    }));
    for (const { url } of targets) {
      const warming = { url: `${url}/thing`, tokens: stage.tokens, connections: 50, seconds: pace.warmUpSeconds };
      await loadCalls(warming);
    }
    const rows: Row[] = [];
    for (let round = 0; round < pace.rounds; round += 1) {
      for (const connections of levels) {
        for (const { subject, program, url } of round % 2 === 0 ? targets : targets.toReversed()) {
          const before = await program.read();
          const target = { url: `${url}/thing`, tokens: stage.tokens, connections, seconds: pace.seconds };
          const figures = await loadCalls(target);
          const cpuMicros = ((await program.read()).cpuMicros - before.cpuMicros) / figures.requests;
          rows.push({ subject: subject.id, connections, cpuMicros, ...figures });
        }
      }
    }
    const [latchkey] = targets;
    const transfers: Transfer[] = [];
    for (const way of ['upload', 'download'] as const) {
      if (!latchkey) break;
      transfers.push(await transfer({ ...latchkey, token: stage.tokens[0] ?? '', way, bytes: pace.bytes }));
    }
    await report(rows, transfers);
  } finally {
    await stage.close();
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

function addressOf({ id }: Subject, url: string): string {
  return id === 'latchkey' ? new URL(`/proxy/${providerId}`, url).href : url;
}

async function report(rows: readonly Row[], transfers: readonly Transfer[]): Promise<void> {
  const table = levels.map((connections) => {
    const [own, bare] = subjects.map(({ id }) =>
      medianOf(rows.filter((row) => row.subject === id && row.connections === connections)),
    );
    if (!own || !bare) throw new Error('A subject has no figures.');
    return { connections, own, bare, ratio: own.requestsPerSecond / bare.requestsPerSecond };
  });
  for (const { connections, own, bare, ratio } of table) {
    console.log(
      `${String(connections).padStart(3)} connections: ${words(own)} against ${words(bare)}, ratio ${ratio.toFixed(2)}`,
    );
  }
  for (const { way, bytes, megabytesPerSecond, memoryMegabytes, isEqual } of transfers) {
    const size = `${bytes / 1024 / 1024} MiB`;
    console.log(
      `${way} of ${size}: ${megabytesPerSecond.toFixed(0)} MiB/s, ${memoryMegabytes.toFixed(1)} MiB above idle, ${isEqual ? 'equal' : 'NOT EQUAL'}`,
    );
  }
  const isHeld = {
    ratio: table.every(({ ratio }) => ratio >= goals.ratio),
    transfers: transfers.every((one) => one.isEqual && one.memoryMegabytes <= goals.memoryMegabytes),
  };
  console.log(`${isHeld.ratio ? 'held  ' : 'MISSED'} at least ${goals.ratio} of a bare pass-through`);
  console.log(`${isHeld.transfers ? 'held  ' : 'MISSED'} bytes equal, at most ${goals.memoryMegabytes} MiB above idle`);
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, Node.js ${process.versions.node}`;
  const file = fileURLToPath(new URL('../../../bench/results/proxy.json', import.meta.url)); // runs as dist/bench/proxy/run.js
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, `${JSON.stringify({ machine, goals, table, transfers, isHeld }, null, 2)}\n`);
  if (!isHeld.transfers) process.exitCode = 1;
}

function words({ requestsPerSecond, cpuMicros, p50, p99 }: Row): string {
  return `${requestsPerSecond.toFixed(0)} req/s, ${cpuMicros.toFixed(0)} µs of CPU, p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`;
}

function medianOf(rows: readonly Row[]): Row | undefined {
  return rows.toSorted((a, b) => a.requestsPerSecond - b.requestsPerSecond)[Math.floor(rows.length / 2)];
}
