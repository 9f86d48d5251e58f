/** The lines of an export of the audit: first where the chain begins and ends, then a row a line, each as JSON. Pure; used by the
 *  command line to write one and to read it back. docs/audit.md describes them for others. */
import { z } from 'zod';
import { personalFields } from './commitments.js';
import type { ChainStart, OpenRow, ProvenRow } from './verify-chain.js';

export interface ExportHead {
  readonly start: ChainStart;
  /** The last row of the export, as the chain stood. */
  readonly end: { readonly sequence: number; readonly hash: string };
  /** Whose rows are open; null where all are. */
  readonly userId: string | null;
}

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const place = z.int().min(0);

const headLine = z.strictObject({
  format: z.literal('latchkey-audit-1'),
  chain: z.uuid(),
  after: z.strictObject({ sequence: place, hash }),
  last: z.strictObject({ sequence: place, hash }),
  user: z.string().nullable(),
});

const closedLine = z.strictObject({ sequence: place, content: hash, hash });

const saltedValue = z.strictObject({ value: z.string().nullable(), salt: z.string().nullable() });

const openLine = z.strictObject({
  sequence: place,
  id: z.string(),
  at: z.int(),
  action: z.string(),
  outcome: z.string(),
  values: z.partialRecord(z.enum(personalFields), saltedValue),
  commitments: z.array(z.string()),
  // As it stands in the database: one that is none does not fit, which the check tells.
  hash: z.string(),
});

export function writeHead({ start: { chain, sequence, hash: startHash }, end, userId }: ExportHead): string {
  const after = { sequence, hash: startHash };
  const head: z.infer<typeof headLine> = { format: 'latchkey-audit-1', chain, after, last: end, user: userId };
  return JSON.stringify(head);
}

/** Null where it is the first line of no export. */
export function readHead(line: string): ExportHead | null {
  const read = headLine.safeParse(parseJson(line));
  if (!read.success) return null;
  const { chain, after, last, user } = read.data;
  return { start: { chain, ...after }, end: last, userId: user };
}

export function writeRow(row: ProvenRow): string {
  if ('content' in row) return JSON.stringify({ sequence: row.sequence, content: row.content, hash: row.hash });
  const { sequence, id, at, action, outcome, values, commitments } = row;
  return JSON.stringify({ sequence, id, at, action, outcome, values, commitments, hash: row.hash });
}

/** Null where it is no row. */
export function readRow(line: string): ProvenRow | null {
  const json = parseJson(line);
  const closed = closedLine.safeParse(json);
  if (closed.success) return closed.data;
  const open = openLine.safeParse(json);
  return open.success ? open.data : null;
}

export function isAbout({ values }: OpenRow, userId: string): boolean {
  return values.subjectId?.value === userId || values.actorId?.value === userId;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
