/** Turns faults of the configuration into the one StartFault that ends a command. Used by the commands that read it. */
import type { Checked } from '../config/fault.js';
import { explainFaults } from '../config/explain-faults.js';
import { StartFault } from '../config/start-fault.js';

/** The value; throws a StartFault that tells all faults, with exit code 78. */
export function valueOrFaults<T>(checked: Checked<T>): T {
  if ('value' in checked) return checked.value;
  throw new StartFault(explainFaults(checked.faults));
}
