/** The command line: node dist/src/cli/latchkey.js <command>. Gives this process's arguments, environment and streams to
 *  run-command.ts. */
import { systemClock } from '../clock.js';
import { processSources } from './process-sources.js';
import { runCommand } from './run-command.js';

process.exitCode = await runCommand(process.argv.slice(2), {
  sources: processSources(),
  clock: systemClock,
  write: (text) => void process.stdout.write(text),
  writeError: (text) => void process.stderr.write(text),
  // Once: a second Ctrl-C ends the process at once, as it does for commands that do not listen.
  onInterrupt: (listener) => void process.once('SIGINT', listener).once('SIGTERM', listener),
});
