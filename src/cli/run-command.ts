/** Says which words of the command line call which command, and turns what a command throws into text on standard error
 *  and an exit code. Called by latchkey.ts; one file a command. */
import { Command, CommanderError } from 'commander';
import type { Clock } from '../clock.js';
import { StartFault } from '../config/start-fault.js';
import type { DeploymentSources } from '../deployment.js';
import { addAuditCommands } from './audit-commands.js';
import { backupVault } from './backup-vault.js';
import { checkConfig } from './check-config.js';
import { addKeysCommands } from './keys-commands.js';
import { explainError } from './explain-error.js';
import { migrateDatabase } from './migrate-database.js';
import { addRehearseCommand } from './rehearse-command.js';
import { addSimulateCommand } from './simulate-command.js';

export interface CommandParts {
  readonly sources: DeploymentSources;
  readonly clock: Clock;
  readonly write: (text: string) => void;
  readonly writeError: (text: string) => void;
  /** Called by a command that can end early in good order, with what to do when the operator wants that. */
  readonly onInterrupt?: (listener: () => void) => void;
}

/** The exit code: 0, that of a StartFault, or 1 for anything else. */
export async function runCommand(words: readonly string[], parts: CommandParts): Promise<number> {
  try {
    await createProgram(parts).parseAsync(words, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode; // commander has said why
    parts.writeError(`${explainError(error)}\n`);
    return error instanceof StartFault ? error.exitCode : 1;
  }
}

function createProgram(parts: CommandParts): Command {
  const { write, writeError } = parts;
  const program = new Command('latchkey')
    .description('Commands for operators of Latchkey. Settings come from the environment (docs/settings.md).')
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: writeError })
    .showHelpAfterError('(add --help for the list of commands)');
  addKeysCommands(program, parts);
  addAuditCommands(program, parts);
  program
    .command('migrate')
    .description("bring the database's tables up to date (the gateway does so too when it starts)")
    .action(() => migrateDatabase(parts));
  program
    .command('backup')
    .description('copy the SQLite vault while the gateway serves')
    .requiredOption('--out <file>', 'the copy, which must not exist yet')
    .action(({ out }: { out: string }) => backupVault(out, parts));
  program
    .command('config')
    .description('the configuration')
    .command('check')
    .description('tell every fault of the settings, the providers and the keyring; exits with 78 where there is one')
    .action(() => checkConfig(parts));
  addRehearseCommand(program, parts);
  addSimulateCommand(program, parts);
  return program;
}
