/** Reads checkpoints of the audit from files: as the gateway writes them (a JWS a line), and as its log told them (a JSON line a
 *  checkpoint; other lines of the log are passed over). Called by verify-audit.ts.
 *  Must never: take over what a line says before one of the keys has signed it. */
import { checkpointEvent, payloadOf, readPayload, type Checkpoint } from '../audit/checkpoint.js';
import { joinJws, type CheckCheckpoint } from '../vault/checkpoint-key.js';

export interface ReadCheckpoints {
  readonly checkpoints: readonly Checkpoint[];
  /** Lines that are shaped as a checkpoint and that none of the keys signed, as file:line. */
  readonly refused: readonly string[];
}

export async function readCheckpoints(
  files: readonly { readonly name: string; readonly text: string }[],
  check: CheckCheckpoint,
): Promise<ReadCheckpoints> {
  const checkpoints: Checkpoint[] = [];
  const refused: string[] = [];
  for (const { name, text } of files) {
    for (const [index, line] of text.split('\n').entries()) {
      const jws = jwsIn(line.trim());
      if (jws === null) continue;
      const checkpoint = readPayload((await check(jws)) ?? '');
      if (checkpoint) checkpoints.push(checkpoint);
      else refused.push(`${name}:${index + 1}`);
    }
  }
  return { checkpoints, refused };
}

/** Null for a line that is none: an empty one, half of one that a crash left at the end, another event of the log. */
function jwsIn(line: string): string | null {
  if (line.startsWith('{')) return toldIn(line);
  return /^[\w-]+\.[\w-]+\.[\w-]{86}$/.test(line) ? line : null;
}

function toldIn(line: string): string | null {
  const told = checkpointEvent.safeParse(parseJson(line));
  if (!told.success) return null;
  const { kid, proof, ...checkpoint } = told.data;
  return joinJws({ kid, payload: payloadOf(checkpoint), signature: Buffer.from(proof, 'hex') });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
