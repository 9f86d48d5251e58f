/** What a command or the gateway prints on standard error before it ends. Called by run-gateway and run-command.
 *  Must never: print a credential. The sentence of a StartFault is our own; anything else may quote whatever went through the
 *  code that threw it, and is sealed as a log line is. */
import { StartFault } from '../config/start-fault.js';
import { scrubText } from '../observe/secret-shapes.js';

export function explainError(error: unknown): string {
  if (error instanceof StartFault) return error.message.trimEnd();
  if (!(error instanceof Error)) return 'Latchkey ended for a reason that is no error.';
  return scrubText(error.stack ?? error.message).trimEnd();
}
