/** `npm run bench`: what `me` costs, as ratios, in one run. About four minutes; `-- --quick` for one,
 *  `-- --profile latchkey-sqlite` for where that subject's time goes.
 *  The upstream, each subject and the load (this process) are processes of their own. The subjects take turns in many
 *  rounds of short stretches, so that a busy machine hurts all alike. Prints progress and a table; writes bench/results/latest.json and, unless quick,
 *  docs/images/bench.svg. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { drawChart } from './chart.js';
import { figuresOf, type Sample } from './figures.js';
import { levels, manyPeople, nameOf, type Level } from './levels.js';
import { load } from './load.js';
import { printProfile } from './profile.js';
import { reportOf } from './report.js';
import { openStage, type Stage, type StagedSubject } from './stage.js';
import { subjects, type Subject } from './subjects.js';
import { drawTable } from './table.js';

/** Whoever asks often is read every 0.75 seconds (recent-accounts): a stretch of that length after as long a lead-in has the
 *  share of reads that goes on for ever. */
const stretch = { secondsPerStretch: 0.75, secondsOfLeadIn: 0.75 };
const thorough = { ...stretch, rounds: 9, secondsOfWarmUp: 12 };
const quick = { ...stretch, rounds: 2, secondsOfWarmUp: 3 };

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, profile: { type: 'string' } },
});
const pace = options.quick ? quick : thorough;
const startedAt = new Date().toISOString();

const folder = await mkdtemp(join(tmpdir(), 'latchkey-bench-'));
try {
  const stage = await openStage({ subjects: wantedSubjects(options.profile), people: manyPeople, folder });
  try {
    if (options.profile === undefined) await bench(stage);
    else await printProfile(stage);
  } finally {
    await stage.close();
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

function wantedSubjects(id: string | undefined): readonly Subject[] {
  const wanted = id === undefined ? subjects : subjects.filter((subject) => subject.id === id);
  if (wanted.length > 0) return wanted;
  throw new Error(`There is no subject "${id}". Take one of ${subjects.map((subject) => subject.id).join(', ')}.`);
}

async function bench(stage: Stage): Promise<void> {
  await warmUp(stage);
  await writeReport(await runRounds(stage));
}

/** Until the code is compiled, the connections stand, and every person has been asked for. */
async function warmUp(stage: Stage): Promise<void> {
  for (const { subject, program } of stage.subjects) {
    say(`warming up: ${subject.name}`);
    for (const level of levels) {
      const seconds = pace.secondsOfWarmUp / levels.length;
      await load({ url: program.url, tokens: tokensOf(stage, level), connections: level.connections, seconds });
    }
  }
}

async function runRounds(stage: Stage): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (let round = 1; round <= pace.rounds; round += 1) {
    for (const level of levels) {
      for (const staged of inTurn(stage.subjects, round)) {
        const figures = await measure(staged, { connections: level.connections, tokens: tokensOf(stage, level) });
        samples.push({ ...level, subject: staged.subject.id, round, figures });
        const rate = `${figures.requestsPerSecond.toFixed(0)} req/s`;
        say(`round ${round} of ${pace.rounds}, ${nameOf(level)}, ${staged.subject.name}: ${rate}`);
      }
    }
  }
  return samples;
}

function tokensOf({ tokens }: Stage, { people }: Level): readonly string[] {
  return tokens.slice(0, people);
}

/** Each round begins with another subject, so that none always follows the same one. */
function inTurn(staged: readonly StagedSubject[], round: number): StagedSubject[] {
  const first = round % staged.length;
  return [...staged.slice(first), ...staged.slice(0, first)];
}

async function measure(
  { program }: StagedSubject,
  { connections, tokens }: { connections: number; tokens: readonly string[] },
): Promise<Sample['figures']> {
  let before = await program.read();
  const leadIn = {
    seconds: pace.secondsOfLeadIn, // it slept while the others had their turns
    async end(): Promise<void> {
      before = await program.read();
    },
  };
  const result = await load({ url: program.url, tokens, connections, seconds: pace.secondsPerStretch, leadIn });
  return figuresOf({ ...result, before, after: await program.read() });
}

async function writeReport(samples: readonly Sample[]): Promise<void> {
  const { rounds, secondsPerStretch } = pace;
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, Node.js ${process.versions.node}`;
  const report = reportOf({ startedAt, machine, rounds, secondsPerStretch, subjects, levels, samples });

  await write('bench/results/latest.json', `${JSON.stringify(report, null, 2)}\n`);
  if (!options.quick) await write('docs/images/bench.svg', drawChart(report));
  console.log(`\n${drawTable(report)}\n`);
  for (const { goal, isHeld } of report.goals) console.log(`${isHeld ? 'held  ' : 'MISSED'} ${goal}`);
}

async function write(path: string, text: string): Promise<void> {
  const file = fileURLToPath(new URL(`../../${path}`, import.meta.url)); // this file runs as dist/bench/run.js
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, text);
}

function say(text: string): void {
  const seconds = performance.now() / 1000;
  console.error(`${seconds.toFixed(0).padStart(4)} s  ${text}`);
}
