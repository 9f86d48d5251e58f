/** Faults of the configuration as text for a terminal: one paragraph each, all of them. Used by main.ts, the command line
 *  and the demo, which write it to standard error and exit with 78 (sysexits.h: EX_CONFIG). */
import type { ConfigFault } from './fault.js';

export function explainFaults(faults: readonly ConfigFault[]): string {
  const count = faults.length === 1 ? 'one fault' : `${faults.length} faults`;
  const paragraphs = faults.map(({ path, fault, mend }) => `  ${path} ${fault}.\n    ${mend}\n`);
  return [`Latchkey cannot start: its configuration has ${count}.\n`, ...paragraphs].join('\n');
}
