/** The command line: node dist/src/cli/latchkey.js <command>. One file a command; this one only says which words call
 *  which, and turns what they throw into a line on standard error and an exit code. */
import { Command } from 'commander';
import { systemClock } from '../clock.js';
import { StartFault } from '../config/start-fault.js';
import { checkConfig } from './check-config.js';
import { makeKeyring } from './make-keyring.js';
import { migrateDatabase } from './migrate-database.js';
import { processSources } from './process-sources.js';

const write = (text: string): void => void process.stdout.write(text);

const program = new Command('latchkey')
  .description('Commands for operators of Latchkey. Settings come from the environment (docs/settings.md).')
  .showHelpAfterError('(add --help for the list of commands)');

program
  .command('keys')
  .description('the keyring that seals tokens')
  .command('new')
  .description('make a new keyring, with one fresh key')
  .option('--out <file>', 'write it to this file, which must not exist yet, instead of standard output')
  .option('--development', 'mark it as one that production refuses')
  .action((options: { out?: string; development?: true }) =>
    makeKeyring({ out: options.out ?? null, development: options.development ?? false }, { clock: systemClock, write }),
  );

program
  .command('migrate')
  .description("bring the database's tables up to date (the gateway does so too when it starts)")
  .action(() => migrateDatabase({ sources: processSources(), write }));

program
  .command('config')
  .description('the configuration')
  .command('check')
  .description('tell every fault of the settings, the providers and the keyring; exits with 78 where there is one')
  .action(() => checkConfig({ sources: processSources(), write }));

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = error instanceof StartFault ? error.exitCode : 1;
  const text =
    error instanceof StartFault ? error.message : error instanceof Error ? (error.stack ?? error.message) : '';
  process.stderr.write(`${text.trimEnd()}\n`);
}
