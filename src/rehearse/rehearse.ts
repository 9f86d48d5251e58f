/** Walks one definition through the gateway's own use cases against a provider that is made from it: connect, me, refresh,
 *  refusals, disconnect. Called by `latchkey rehearse` and by the test of every shipped definition. Needs no network, no
 *  setting and no secret, and leaves nothing behind. */
import type { Logger } from '../observe/logger.js';
import { Fault } from '../errors.js';
import { openRehearsal } from './open-rehearsal.js';
import type { RehearsedDefinition } from './rehearsed-provider.js';
import { rehearsalSteps, type RehearsalStep } from './rehearsal-steps.js';
import { StepFault } from './step-fault.js';
import { explain, type Walk } from './walk.js';

export interface Rehearsal {
  readonly provider: string;
  readonly isGood: boolean;
  readonly steps: readonly StepOutcome[];
}

export interface StepOutcome {
  readonly step: string;
  readonly outcome: 'ok' | 'failed' | 'skipped';
  /** What was seen, or why not. */
  readonly says: string;
  /** What to change; empty unless it failed. */
  readonly mend: readonly string[];
}

export async function rehearse(definition: RehearsedDefinition, { log }: { readonly log: Logger }): Promise<Rehearsal> {
  const opened = await openRehearsal(definition, { log });
  if ('faults' in opened) {
    const mend = opened.faults.map(({ path, fault, mend: what }) => `${path}: ${fault}. ${what}`);
    return toRehearsal(definition.id, [failed('definition', 'The definition cannot be read.', mend)]);
  }
  try {
    return toRehearsal(definition.id, await takeSteps(opened.value));
  } finally {
    await opened.value.close();
  }
}

/** Without a connection there is nothing to rehearse further. */
async function takeSteps(walk: Walk): Promise<StepOutcome[]> {
  const outcomes: StepOutcome[] = [];
  for (const step of rehearsalSteps) {
    const outcome = await takeStep(step, walk);
    outcomes.push(outcome);
    if (step.name === 'connect' && outcome.outcome === 'failed') break;
  }
  return outcomes;
}

async function takeStep(step: RehearsalStep, walk: Walk): Promise<StepOutcome> {
  const skipped = step.skip(walk);
  if (skipped !== null) return { step: step.name, outcome: 'skipped', says: skipped, mend: [] };
  const before = walk.server.findings.length;
  const findings = (): readonly string[] => [...new Set(walk.server.findings.slice(before))];
  try {
    const says = await step.take(walk);
    if (findings().length === 0) return { step: step.name, outcome: 'ok', says, mend: [] };
    return failed(step.name, 'The definition does not agree with itself, or with what was sent.', findings());
  } catch (error) {
    return failed(step.name, sayOf(error), [...findings(), step.mend]);
  }
}

function sayOf(error: unknown): string {
  if (error instanceof StepFault) return error.message;
  if (error instanceof Fault) return explain(error);
  throw error;
}

function failed(step: string, says: string, mend: readonly string[]): StepOutcome {
  return { step, outcome: 'failed', says, mend };
}

function toRehearsal(provider: string, steps: readonly StepOutcome[]): Rehearsal {
  return { provider, isGood: steps.every(({ outcome }) => outcome !== 'failed'), steps };
}
