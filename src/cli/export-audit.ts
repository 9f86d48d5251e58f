/** latchkey audit export: writes the chain of the audit into a file that can be checked without the database. With --user the rows
 *  of all others are there as hashes alone: enough to check that nothing is missing, and nothing to read.
 *  Must never: overwrite a file, or leave half of an export that could be taken for a whole one. */
import { open, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readChain } from '../audit/chain-reader.js';
import type { ChainHead } from '../audit/chain-store.js';
import { contentOf } from '../audit/commitments.js';
import { isAbout, writeHead, writeRow } from '../audit/export-lines.js';
import type { OpenRow, ProvenRow } from '../audit/verify-chain.js';
import { StartFault } from '../config/start-fault.js';
import type { Database } from '../database/database.js';
import { withAudit, type AuditCommandParts } from './open-audit.js';
import { createProgress } from './progress-lines.js';

export interface ExportAuditOptions {
  readonly out: string;
  /** Null writes the rows of everybody. */
  readonly userId: string | null;
  readonly format: 'text' | 'json';
}

interface Exported {
  readonly file: string;
  readonly rows: number;
  /** Those that can be read. */
  readonly openRows: number;
  readonly last: number;
  /** Rows that were written and have no place in the chain yet. */
  readonly unchained: number;
}

const cannotCreate = 73; // sysexits.h: EX_CANTCREAT
const AT_ONCE = 64 * 1024;

export async function exportAudit(
  { out, userId, format }: ExportAuditOptions,
  parts: AuditCommandParts,
): Promise<void> {
  const file = resolve(out);
  let isInterrupted = false;
  parts.onInterrupt?.(() => {
    isInterrupted = true;
  });
  await withAudit(parts, async ({ database, chains, head }) => {
    const lines = exportLines({ database, head, userId, parts, isInterrupted: () => isInterrupted });
    const { rows, openRows } = await writeNewFile(file, lines);
    const { waiting: unchained } = await chains.countUnchained();
    tell({ file, rows, openRows, last: head.sequence, unchained }, format, parts);
  });
}

interface Counts {
  rows: number;
  openRows: number;
}

interface Exporting {
  readonly database: Database;
  readonly head: ChainHead;
  readonly userId: string | null;
  readonly parts: AuditCommandParts;
  readonly isInterrupted: () => boolean;
}

async function* exportLines({
  database,
  head,
  userId,
  parts,
  isInterrupted,
}: Exporting): AsyncGenerator<string, Counts> {
  const { chain, cutSequence, cutHash, sequence, hash } = head;
  const progress = createProgress('rows', parts);
  const counts = { rows: 0, openRows: 0 };
  yield writeHead({ start: { chain, sequence: cutSequence, hash: cutHash }, end: { sequence, hash }, userId });
  for await (const row of readChain(database, cutSequence)) {
    if (row.sequence > sequence) break; // chained since
    if (isInterrupted()) throw new StartFault('Interrupted; nothing was left of the export.', { exitCode: 130 });
    const isOpen = userId === null || isAbout(row, userId);
    counts.rows += 1;
    counts.openRows += isOpen ? 1 : 0;
    progress(counts.rows, sequence - cutSequence);
    yield writeRow(isOpen ? row : closed(row));
  }
  return counts;
}

function closed(row: OpenRow): ProvenRow {
  return { sequence: row.sequence, content: contentOf(row), hash: row.hash };
}

async function writeNewFile(file: string, lines: AsyncGenerator<string, Counts>): Promise<Counts> {
  const handle = await open(file, 'wx', 0o600).catch((error: unknown) => {
    throw explain(error, file);
  });
  try {
    let text = '';
    for (;;) {
      const next = await lines.next();
      if (!next.done) text += `${next.value}\n`;
      if (next.done || text.length > AT_ONCE) {
        await handle.appendFile(text);
        text = '';
      }
      if (!next.done) continue;
      await handle.sync();
      return next.value;
    }
  } catch (error) {
    await rm(file, { force: true });
    throw explain(error, file);
  } finally {
    await handle.close();
  }
}

function explain(error: unknown, file: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'EEXIST') {
    return new StartFault(`${file} exists already; name another file.`, { exitCode: cannotCreate });
  }
  if (!/^E[A-Z]+$/.test(code)) return error;
  return new StartFault(`${file} cannot be written (${code}); name a file in a folder that you may write.`, {
    exitCode: cannotCreate,
    cause: error,
  });
}

function tell(exported: Exported, format: 'text' | 'json', { write, writeError }: AuditCommandParts): void {
  const { file, rows, openRows, last, unchained } = exported;
  if (unchained > 0) writeError(`${unchained} rows have no place in the chain yet and are not in the export.\n`);
  if (format === 'json') return write(`${JSON.stringify(exported, null, 2)}\n`);
  write(`Wrote ${rows} rows up to place ${last} to ${file}, ${openRows} of them to be read.\n`);
}
