/** latchkey keys reseal: brings every sealed value under the key that seals, while gateways serve. Progress goes to standard
 *  error, the outcome to standard output. Exit codes: 0 nothing stands under another key; 65 some values do not open;
 *  75 somebody goes on sealing with another key; 130 interrupted. Whatever it was: run it again.
 *  Must never: print anything of a sealed value, only where it stands. */
import { StartFault } from '../config/start-fault.js';
import { latchkeyCommand } from '../vault/keyring-text.js';
import { openKeyring } from '../vault/open-keyring.js';
import { reseal, type ResealOutcome, type ResealProgress, type UnreadableValue } from '../vault/reseal.js';
import { createSealer } from '../vault/seal.js';
import type { KeyUse } from '../vault/sealed-value-store.js';
import { withVault, type VaultCommandParts } from './open-vault.js';

export interface ResealVaultOptions {
  readonly keyringFile: string | null;
  readonly format: 'text' | 'json';
}

export interface ResealVaultParts extends VaultCommandParts {
  /** Calls the listener when the operator wants the command to end. */
  readonly onInterrupt?: (listener: () => void) => void;
}

export async function resealVault({ keyringFile, format }: ResealVaultOptions, parts: ResealVaultParts): Promise<void> {
  let isInterrupted = false;
  parts.onInterrupt?.(() => {
    isInterrupted = true;
    parts.writeError('Ends after this batch; what is done stays done.\n');
  });
  await withVault(parts, keyringFile, async ({ database, values, log, ...given }) => {
    const keyring = await openKeyring({ ...given, mode: null, database, clock: parts.clock, log });
    const sealer = createSealer(keyring);
    const onProgress = progressLines(parts);
    const outcome = await reseal({ values, keyring, sealer }, { onProgress, isInterrupted: () => isInterrupted });
    const use = await values.countUse(keyring.kids);
    const summary = summarize(outcome, keyring.sealingKid, use);
    parts.write(format === 'json' ? `${JSON.stringify(summary, null, 2)}\n` : explain(summary));
    const fault = faultOf(summary);
    if (fault) throw fault;
  });
}

interface Summary {
  readonly end: ResealOutcome['end'];
  readonly sealingKid: string;
  readonly resealed: number;
  readonly lostRaces: number;
  /** Sealed values that still stand under each other key of the keyring. */
  readonly otherKeys: Readonly<Record<string, number>>;
  readonly underUnknownKeys: number;
  readonly unreadable: readonly UnreadableValue[];
}

function summarize(outcome: ResealOutcome, sealingKid: string, { byKid, others }: KeyUse): Summary {
  const { resealed, lostRaces, unreadable } = outcome;
  const otherKeys = Object.fromEntries([...byKid].filter(([kid]) => kid !== sealingKid));
  const left = Object.values(otherKeys).reduce((sum, count) => sum + count, others);
  // Written in the moment between the last pass and this count.
  const end = outcome.end === 'DONE' && left > unreadable.length ? 'STILL_WRITTEN' : outcome.end;
  return { end, sealingKid, resealed, lostRaces, otherKeys, underUnknownKeys: others, unreadable };
}

function faultOf({ end, unreadable }: Summary): StartFault | null {
  if (end === 'INTERRUPTED') return new StartFault('Interrupted; run it again to go on.', { exitCode: 130 });
  if (end === 'STILL_WRITTEN') {
    return new StartFault(
      'A gateway goes on sealing with another key; give it this keyring, restart it if it has LATCHKEY_KEYRING, and run this again.',
      { exitCode: 75 },
    );
  }
  if (unreadable.length === 0) return null;
  return new StartFault(
    `${unreadable.length === 1 ? 'One sealed value does not open and was left' : `${unreadable.length} sealed values do not open and were left`}; docs/keys.md says what can be done.`,
    { exitCode: 65 },
  );
}

function explain({ sealingKid, resealed, otherKeys, underUnknownKeys, unreadable }: Summary): string {
  return [
    `Resealed ${resealed} values under ${sealingKid}.`,
    ...Object.entries(otherKeys).map(([kid, count]) =>
      count === 0
        ? `Nothing is left under ${kid}; take it out with: ${latchkeyCommand} keys drop ${kid}`
        : `${count} values are left under ${kid}.`,
    ),
    ...(underUnknownKeys === 0 ? [] : [`${underUnknownKeys} values stand under no key of this keyring.`]),
    ...unreadable.map(({ table, rowId, column }) => `Does not open: ${table} ${rowId} ${column}`),
    '',
  ].join('\n');
}

const everyMs = 1000;

/** At most one line a second. */
function progressLines({ clock, writeError }: ResealVaultParts): (progress: ResealProgress) => void {
  const begunAt = clock.monotonic();
  let toldAt = begunAt;
  return ({ resealed, lostRaces, unreadable, total }) => {
    const now = clock.monotonic();
    const done = resealed + lostRaces + unreadable.length;
    if (now - toldAt < everyMs && done < total) return;
    toldAt = now;
    const share = total === 0 ? 100 : Math.min(100, Math.floor((done / total) * 100));
    const rate = Math.round(done / Math.max(0.001, (now - begunAt) / 1000));
    writeError(`${done} of ${total} values (${share} %), ${rate} a second\n`);
  };
}
