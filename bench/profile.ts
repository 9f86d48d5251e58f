/** `npm run bench -- --profile latchkey-sqlite`: where a subject's time goes while 10 connections ask for `me`. Called by
 *  run.ts. Prints the parts and the functions that were on the CPU, and writes the profile for Chrome's DevTools. */
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { hottest, partOf, placeOf, type CpuProfile } from './hot-rows.js';
import { fewPeople } from './levels.js';
import { load } from './load.js';
import type { Stage } from './stage.js';

const connections = 10;
const secondsOfWarmUp = 8;
const secondsOfProfile = 10;
const shownRows = 40;

/** Profiles the first subject of the stage. */
export async function printProfile({ subjects: [first], tokens }: Stage): Promise<void> {
  if (!first) throw new Error('There is no subject to profile.');
  const { subject, program } = first;
  const target = { url: program.url, tokens: tokens.slice(0, fewPeople), connections };
  await load({ ...target, seconds: secondsOfWarmUp });
  await program.startProfile();
  const before = await program.read();
  const { requests } = await load({ ...target, seconds: secondsOfProfile });
  const after = await program.read();
  const profile = (await program.endProfile()) as CpuProfile; // V8's own format

  await keep(subject.id, profile);
  const microsPerRequest = (after.cpuMicros - before.cpuMicros) / requests;
  console.log(`${subject.name}: ${microsPerRequest.toFixed(0)} µs of CPU a request, profiled`);
  printRows('part', hottest(profile, partOf), microsPerRequest);
  printRows('function', hottest(profile, placeOf), microsPerRequest);
}

function printRows(title: string, rows: ReturnType<typeof hottest>, microsPerRequest: number): void {
  console.log(`\n     %    µs  ${title}`);
  for (const { name, share } of rows.slice(0, shownRows)) {
    const percent = (share * 100).toFixed(1).padStart(6);
    const micros = (share * microsPerRequest).toFixed(0).padStart(6);
    console.log(`${percent}${micros}  ${name}`);
  }
}

async function keep(id: string, profile: CpuProfile): Promise<void> {
  const folder = new URL('../../bench/results/', import.meta.url);
  await mkdir(folder, { recursive: true });
  await writeFile(fileURLToPath(new URL(`${id}.cpuprofile`, folder)), JSON.stringify(profile));
}
