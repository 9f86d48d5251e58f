/** latchkey audit verify: checks the chain of the audit, of the database or of an export, against itself and against checkpoints.
 *  An export is checked without a database, without settings where --key is given, and without a network.
 *  Exit codes: 0 all fits; 65 something was changed, deleted, moved, cut off or made anew, or a checkpoint is not signed by
 *  the key; 66 a file is not there; 130 interrupted. */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { readChain } from '../audit/chain-reader.js';
import { checkpointFileIn } from '../audit/checkpoint-file.js';
import { readHead, readRow, type ExportHead } from '../audit/export-lines.js';
import { verifyChain, type ChainReport, type ProvenRow, type VerifyOptions } from '../audit/verify-chain.js';
import { readDataFolder } from '../config/read-config.js';
import { StartFault } from '../config/start-fault.js';
import { createCheckpointCheck } from '../vault/checkpoint-key.js';
import { checkpointKeys } from './audit-key.js';
import { withAudit, type AuditCommandParts } from './open-audit.js';
import { createProgress } from './progress-lines.js';
import { readCheckpoints, type ReadCheckpoints } from './read-checkpoints.js';

export interface VerifyAuditOptions {
  /** Null checks the database. */
  readonly exportFile: string | null;
  /** Of an export at least one; of the database, beside the file in its data folder. */
  readonly checkpointFiles: readonly string[];
  /** Public keys, as `audit key` prints them, or files with one; none takes that of the keyring. */
  readonly keys: readonly string[];
  readonly format: 'text' | 'json';
}

const tampered = 65; // sysexits.h: EX_DATAERR
const noInput = 66; // EX_NOINPUT

interface Verified extends ChainReport {
  readonly refusedCheckpoints: readonly string[];
  /** Rows that were written and have no place in the chain yet; null for an export. */
  readonly unchained: number | null;
}

export async function verifyAudit(options: VerifyAuditOptions, parts: AuditCommandParts): Promise<void> {
  let isInterrupted = false;
  parts.onInterrupt?.(() => {
    isInterrupted = true;
  });
  const stop = (): void => {
    if (isInterrupted) throw new StartFault('Interrupted; nothing is said of the audit.', { exitCode: 130 });
  };
  const { exportFile } = options;
  const verified = await (exportFile === null
    ? verifyDatabase(options, parts, stop)
    : verifyExport({ ...options, exportFile }, parts, stop));
  parts.write(options.format === 'json' ? `${JSON.stringify(verified, null, 2)}\n` : explain(verified));
  const fault = faultOf(verified);
  if (fault) throw fault;
  if (verified.signedUpTo === null && verified.rows > 0) {
    parts.writeError('No checkpoint vouches for these rows: they fit each other, and could all have been made anew.\n');
  }
}

async function verifyDatabase(
  options: VerifyAuditOptions,
  parts: AuditCommandParts,
  stop: () => void,
): Promise<Verified> {
  const own = checkpointFileIn(readDataFolder(parts.sources));
  const ownText = await readFile(own, 'utf8').catch(() => '');
  const given = [{ name: own, text: ownText }, ...(await readFiles(options.checkpointFiles))];
  const read = await readSigned(given, options.keys, parts);
  return withAudit(parts, async ({ database, chains, head }) => {
    const start = { chain: head.chain, sequence: head.cutSequence, hash: head.cutHash };
    const rows = until(readChain(database, head.cutSequence), head.sequence);
    const report = await walk(rows, { start, end: head, checkpoints: read.checkpoints }, { parts, stop });
    return { ...report, refusedCheckpoints: read.refused, unchained: (await chains.countUnchained()).waiting };
  });
}

async function verifyExport(
  { exportFile, checkpointFiles, keys }: VerifyAuditOptions & { readonly exportFile: string },
  parts: AuditCommandParts,
  stop: () => void,
): Promise<Verified> {
  if (checkpointFiles.length === 0) {
    throw new StartFault(
      'An export proves nothing by itself; add --checkpoint with a file of checkpoints that was kept elsewhere.',
    );
  }
  const read = await readSigned(await readFiles(checkpointFiles), keys, parts);
  const lines = linesOf(exportFile);
  const { head, rows } = await openExport(exportFile, lines);
  const report = await walk(rows, { start: head.start, end: head.end, checkpoints: read.checkpoints }, { parts, stop });
  return { ...report, refusedCheckpoints: read.refused, unchained: null };
}

function walk(
  rows: AsyncIterable<ProvenRow>,
  options: VerifyOptions & { readonly end: { readonly sequence: number } },
  { parts, stop }: { readonly parts: AuditCommandParts; readonly stop: () => void },
): Promise<ChainReport> {
  const progress = createProgress('rows', parts);
  const { start, end } = options;
  const onRow = (sequence: number): void => {
    stop();
    progress(sequence - start.sequence, end.sequence - start.sequence);
  };
  return verifyChain(rows, { ...options, onRow });
}

async function readSigned(
  files: readonly { readonly name: string; readonly text: string }[],
  keys: readonly string[],
  { sources }: AuditCommandParts,
): Promise<ReadCheckpoints> {
  return readCheckpoints(files, createCheckpointCheck(await checkpointKeys(keys, sources)));
}

async function readFiles(names: readonly string[]): Promise<{ name: string; text: string }[]> {
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(name, 'utf8').catch((error: unknown) => {
        throw new StartFault(`${name} cannot be read; name a file of checkpoints.`, {
          exitCode: noInput,
          cause: error,
        });
      });
      return { name, text };
    }),
  );
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const stream = createReadStream(file);
  try {
    for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) if (line !== '') yield line;
  } catch (error) {
    throw new StartFault(`${file} cannot be read; name a file that \`audit export\` wrote.`, {
      exitCode: noInput,
      cause: error,
    });
  } finally {
    stream.destroy();
  }
}

async function openExport(
  file: string,
  lines: AsyncGenerator<string>,
): Promise<{ head: ExportHead; rows: AsyncGenerator<ProvenRow> }> {
  const first = await lines.next();
  const head = first.done ? null : readHead(first.value);
  if (!head)
    throw new StartFault(`${file} is no export of the audit, or its first line was changed.`, { exitCode: tampered });
  return { head, rows: rowsOf() };

  async function* rowsOf(): AsyncGenerator<ProvenRow> {
    let number = 1;
    for await (const line of lines) {
      number += 1;
      const row = readRow(line);
      if (!row)
        throw new StartFault(`Line ${number} of ${file} is no row of an export: it was changed.`, {
          exitCode: tampered,
        });
      yield row;
    }
  }
}

/** Those that were chained since the head was read belong to the next check. */
async function* until(rows: AsyncIterable<ProvenRow>, last: number): AsyncGenerator<ProvenRow> {
  for await (const row of rows) {
    if (row.sequence > last) return;
    yield row;
  }
}

function explain({
  chain,
  rows,
  last,
  signedUpTo,
  erasedValues,
  unchained,
  faults,
  faultCount,
  refusedCheckpoints,
}: Verified): string {
  return [
    `Chain ${chain}: ${rows} rows up to place ${last}, signed up to ${signedUpTo ?? 'none of them'}.`,
    ...(erasedValues === 0 ? [] : [`${erasedValues} values were erased; acts that erase users say when.`]),
    ...(unchained ? [`${unchained} rows have no place in the chain yet.`] : []),
    ...faults.map(({ sentence }) => sentence),
    ...(faultCount > faults.length ? [`... and ${faultCount - faults.length} more.`] : []),
    ...refusedCheckpoints.map((place) => `${place} is not signed by the key.`),
    '',
  ].join('\n');
}

function faultOf({ faultCount, refusedCheckpoints }: Verified): StartFault | null {
  const count = faultCount + refusedCheckpoints.length;
  if (count === 0) return null;
  return new StartFault(
    `The audit does not hold in ${count === 1 ? 'one place' : `${count} places`}; docs/audit.md says what to do.`,
    {
      exitCode: tampered,
    },
  );
}
