/** Says that a setting must be given. Used by the parts of readConfig. */
import type { ConfigFault } from './fault.js';
import type { SettingsRead, SettingValues } from './read-settings.js';
import { settings, type SettingName } from './settings.js';

/** The value; undefined once a fault has been added. Where the text itself is at fault, that has been told already. */
export function requireSetting<Name extends SettingName>(
  { values, faulty }: SettingsRead,
  name: Name,
  faults: ConfigFault[],
): SettingValues[Name] {
  const value = values[name];
  const isMissing = value === undefined || value === null || (Array.isArray(value) && value.length === 0);
  if (isMissing && !faulty.has(name)) {
    faults.push({ path: name, fault: 'is missing', mend: `Set it, as in ${name}=${settings[name].example}.` });
  }
  return isMissing ? undefined : value;
}
