/** The words of `latchkey rehearse`, and how its outcome is told. Called by run-command.ts; rehearse/ does the work.
 *  Data goes to standard output, progress to standard error. Needs no setting but, for files of the operator's own, the
 *  folder that they stand in. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { StartFault } from '../config/start-fault.js';
import type { DeploymentSources } from '../deployment.js';
import { createLogger } from '../observe/logger.js';
import { readShippedDefinition, shippedIds } from '../providers/shipped-definitions.js';
import { shippedDefinition, type RehearsedDefinition } from '../rehearse/rehearsed-provider.js';
import { rehearse, type Rehearsal, type StepOutcome } from '../rehearse/rehearse.js';

export interface RehearseParts {
  readonly sources: DeploymentSources;
  readonly write: (text: string) => void;
  readonly writeError: (text: string) => void;
}

interface RehearseOptions {
  readonly all?: true;
  readonly json?: true;
}

export function addRehearseCommand(program: Command, parts: RehearseParts): void {
  program
    .command('rehearse')
    .description(
      'walk definitions of providers through connect, me, refresh and disconnect on this machine (docs/providers.md)',
    )
    .argument('[providers...]', 'ids: files of LATCHKEY_PROVIDERS_FOLDER, or definitions that are shipped')
    .option('--all', 'every file of LATCHKEY_PROVIDERS_FOLDER; without that setting, every definition that is shipped')
    .option('--json', 'write JSON to standard output')
    .action((ids: readonly string[], options: RehearseOptions) => rehearseAll(ids, options, parts));
}

/** Throws StartFault for an id that has no definition; with exit code 1 where a rehearsal failed. */
async function rehearseAll(
  ids: readonly string[],
  { all, json }: RehearseOptions,
  parts: RehearseParts,
): Promise<void> {
  const { sources, write, writeError } = parts;
  const definitions = chooseDefinitions(ids, all === true, sources);
  const rehearsals: Rehearsal[] = [];
  for (const definition of definitions) {
    const rehearsal = await rehearse(definition, { log: createLogger({ level: 'silent' }) });
    rehearsals.push(rehearsal);
    if (json) writeError(`${rehearsal.provider}: ${rehearsal.isGood ? 'ok' : 'failed'}\n`);
    else write(toText(rehearsal));
  }
  if (json) write(`${JSON.stringify(rehearsals, null, 2)}\n`);
  const bad = rehearsals.filter(({ isGood }) => !isGood).map(({ provider }) => provider);
  if (bad.length > 0) throw new StartFault(`The rehearsal failed for ${bad.join(', ')}.`, { exitCode: 1 });
}

function chooseDefinitions(ids: readonly string[], isAll: boolean, sources: DeploymentSources): RehearsedDefinition[] {
  const own = ownDefinitions(sources);
  const known = own === null ? shippedIds() : own.map(({ id }) => id);
  const chosen = isAll ? known : ids;
  if (chosen.length === 0) {
    throw new StartFault('There is nothing to rehearse: name a provider, or give --all.');
  }
  return [...new Set(chosen)].map((id) => {
    const found = own?.find((one) => one.id === id);
    if (found) return found;
    if (readShippedDefinition(id) !== null) return shippedDefinition(id);
    throw new StartFault(
      `There is no provider "${id}": neither a file of yours (LATCHKEY_PROVIDERS_FOLDER) nor a definition that is shipped.`,
    );
  });
}

/** Null where no folder is set. */
function ownDefinitions({ environment, readFolder, readFile }: DeploymentSources): RehearsedDefinition[] | null {
  const folder = environment['LATCHKEY_PROVIDERS_FOLDER']?.trim();
  if (!folder) return null;
  try {
    const files = readFolder(resolve(folder))
      .filter((name) => name.endsWith('.yaml'))
      .toSorted();
    return files.map((name) => ({ id: name.replace(/\.yaml$/, ''), text: readFile(resolve(folder, name)) }));
  } catch (error) {
    throw new StartFault('LATCHKEY_PROVIDERS_FOLDER names a folder, or a file in it, that cannot be read.', {
      cause: error,
    });
  }
}

const MARKS: Readonly<Record<StepOutcome['outcome'], string>> = {
  ok: 'ok     ',
  failed: 'failed ',
  skipped: 'skipped',
};

function toText({ provider, steps }: Rehearsal): string {
  const lines = steps.flatMap(({ step, outcome, says, mend }) => [
    `  ${MARKS[outcome]}  ${step.padEnd(14)}  ${says}`,
    ...mend.map((what) => `             ${' '.repeat(14)}-> ${what}`),
  ]);
  return `${provider}\n${lines.join('\n')}\n`;
}
