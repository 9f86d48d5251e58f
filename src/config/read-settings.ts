/** Reads each setting of the table by itself: its text from the environment or a file, then its value. Called by
 *  readConfig, which afterwards checks what several settings say together. */
import type { z } from 'zod';
import type { ConfigFault } from './fault.js';
import { readTextOrFile, type SettingSource } from './secret-setting.js';
import { settingNames, settings, type Setting, type SettingName } from './settings.js';
import { findUnknownNames } from './unknown-names.js';

type ValueOf<Entry> = Entry extends { readonly read: z.ZodType<infer Value> } ? Value : string;

/** A setting with a fallback always has a value, unless its own text is at fault; then it is undefined and the fault is
 *  in the list. Undefined otherwise means: not given. */
export type SettingValues = { readonly [Name in SettingName]: ValueOf<(typeof settings)[Name]> | undefined };

export interface SettingsRead {
  readonly values: SettingValues;
  /** The settings whose own text is at fault, so that no other check complains about them again. */
  readonly faulty: ReadonlySet<SettingName>;
  readonly faults: readonly ConfigFault[];
}

export function readSettings(source: SettingSource): SettingsRead {
  const values: Partial<Record<SettingName, unknown>> = {};
  const faulty = new Set<SettingName>();
  const faults: ConfigFault[] = [];
  for (const name of settingNames) {
    const read = readSetting(source, name);
    if ('value' in read) values[name] = read.value;
    else {
      faulty.add(name);
      faults.push(...read.faults);
    }
  }
  // Each value came out of its own entry's reader, which is what SettingValues says.
  return { values: values as SettingValues, faulty, faults: [...faults, ...findUnknownNames(source.environment)] };
}

function readSetting(
  source: SettingSource,
  name: SettingName,
): { value: unknown } | { faults: readonly ConfigFault[] } {
  const setting: Setting = settings[name];
  if ('isAlsoFile' in setting) return readTextOrFile(source, name);
  const text = source.environment[name]?.trim() || setting.fallback;
  if (text === undefined) return { value: undefined };
  const read = setting.read.safeParse(text);
  if (read.success) return { value: read.data };
  return { faults: read.error.issues.map((issue) => describeIssue(name, issue, setting.example)) };
}

function describeIssue(name: SettingName, issue: z.core.$ZodIssue, example: string): ConfigFault {
  const place = issue.path.map((step) => `[${String(step)}]`).join('');
  return { path: `${name}${place}`, fault: issue.message, mend: `Write it as in ${name}=${example}.` };
}
