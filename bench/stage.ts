/** Everything that a run needs, started: the upstream, each subject in a process of its own, and people who hold JWTs.
 *  Called by run.ts, which closes it. Nothing but free ports of 127.0.0.1 is used. */
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { exportSPKI, generateKeyPair, SignJWT, type CryptoKey } from 'jose';
import { audience, issuer } from './gateway-config.js';
import type { Plan } from './messages.js';
import { personOf } from './people.js';
import { startProgram, type Program } from './start-program.js';
import type { Subject } from './subjects.js';

export interface StagedSubject {
  readonly subject: Subject;
  readonly program: Program;
}

export interface Stage {
  readonly subjects: readonly StagedSubject[];
  /** One JWT for each person. */
  readonly tokens: readonly string[];
  close(): Promise<void>;
}

export interface StageOptions {
  readonly subjects: readonly Subject[];
  readonly people: number;
  /** Empty; for whatever the subjects write. */
  readonly folder: string;
  /** The program that is the provider. */
  readonly upstream?: string;
}

export async function openStage({
  subjects,
  people,
  folder,
  upstream: provider = 'upstream-process',
}: StageOptions): Promise<Stage> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const plan = { upstreamUrl: '', publicKeyPem: await exportSPKI(publicKey), people, folder, databaseUrl: null };
  const programs: Program[] = []; // in the order of their start
  try {
    const upstream = await start(provider, 'upstream', plan);
    const wantsPostgres = subjects.some(({ database }) => database === 'postgres');
    const postgres = wantsPostgres ? await start('postgres-process', 'postgres', plan) : null;
    const staged: StagedSubject[] = [];
    for (const subject of subjects) {
      const databaseUrl = subject.database === 'postgres' && postgres ? postgres.url : null;
      const program = await start(subject.program, subject.id, { ...plan, upstreamUrl: upstream.url, databaseUrl });
      staged.push({ subject, program });
    }
    return { subjects: staged, tokens: await signTokens(privateKey, people), close: () => stopAll(programs) };
  } catch (error) {
    await stopAll(programs);
    throw error;
  }

  async function start(name: string, place: string, given: Plan): Promise<Program> {
    const ownFolder = join(folder, place);
    await mkdir(ownFolder, { recursive: true });
    await chmod(folder, 0o711); // PostgreSQL runs as another user, whose files stand inside
    const program = await startProgram(name, { ...given, folder: ownFolder });
    programs.push(program);
    return program;
  }
}

export function signTokens(key: CryptoKey, people: number): Promise<string[]> {
  const sign = (number: number): Promise<string> =>
    new SignJWT({ roles: [] })
      .setProtectedHeader({ alg: 'ES256' })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(personOf(number).userId)
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(key);
  return Promise.all(Array.from({ length: people }, (_, number) => sign(number)));
}

async function stopAll(programs: readonly Program[]): Promise<void> {
  for (const program of programs.toReversed()) await program.stop();
}
