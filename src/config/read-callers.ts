/** What the settings LATCHKEY_JWT_* say together: whose JWTs are accepted, and how they are checked. Called by
 *  readConfig. */
import type { AdminLimits, CallersConfig } from './config.js';
import type { ConfigFault } from './fault.js';
import { readKeySource, type KeySource } from './key-source.js';
import type { SettingsRead } from './read-settings.js';
import { requireSetting } from './required-setting.js';

/** Null once a fault has been added to `faults`, here or when the settings were read. */
export function readCallers(read: SettingsRead, faults: ConfigFault[]): CallersConfig | null {
  const issuer = requireSetting(read, 'LATCHKEY_JWT_ISSUER', faults);
  const audience = requireSetting(read, 'LATCHKEY_JWT_AUDIENCE', faults);
  const source = readKeySource(read, faults);
  const algorithms = source && readAlgorithms(read, source, faults);
  const { values } = read;
  const clockToleranceSeconds = values.LATCHKEY_JWT_CLOCK_TOLERANCE_SECONDS;
  const userIdClaim = values.LATCHKEY_JWT_USER_ID_CLAIM;
  const rolesClaim = values.LATCHKEY_JWT_ROLES_CLAIM;
  const adminRoles = values.LATCHKEY_JWT_ADMIN_ROLES;
  if (!issuer || !audience || !source || !algorithms) return null;
  if (clockToleranceSeconds === undefined || !userIdClaim || !rolesClaim || !adminRoles) return null;
  const unlimited = Object.fromEntries(adminRoles.map((role): [string, AdminLimits] => [role, noLimits]));
  return {
    issuer,
    audience,
    key: source.key,
    algorithms,
    clockToleranceSeconds,
    userIdClaim,
    rolesClaim,
    adminRoles: unlimited,
  };
}

const noLimits: AdminLimits = { providers: null, users: null, readOnly: false };

function readAlgorithms(
  { values, faulty }: SettingsRead,
  source: KeySource,
  faults: ConfigFault[],
): readonly string[] | null {
  if (faulty.has('LATCHKEY_JWT_ALGORITHMS')) return null;
  const named = values.LATCHKEY_JWT_ALGORITHMS ?? [];
  const unfit = named.flatMap((algorithm, index) => {
    if (source.suitable.includes(algorithm)) return [];
    const fault = algorithm === 'none' ? 'is "none", which believes everybody' : `does not suit ${source.setting}`;
    return [{ path: `LATCHKEY_JWT_ALGORITHMS[${index}]`, fault, mend: `Choose from ${source.suitable.join(', ')}.` }];
  });
  faults.push(...unfit);
  if (unfit.length > 0) return null;
  return named.length > 0 ? named : source.usual;
}
