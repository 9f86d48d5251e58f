/** Turns the environment into the one frozen Config, or into every fault that stands in its way: each setting by itself,
 *  then what several of them say together. Called by main.ts, the command line and the demo.
 *  Must never: stop at the first fault, or start with a default where the operator wrote something else. */
import { resolve } from 'node:path';
import { Secret } from '../secret.js';
import type { AuthorizationConfig, Config, DatabaseConfig, Mode } from './config.js';
import type { Checked, ConfigFault } from './fault.js';
import { readAudit } from './read-audit.js';
import { readCallers } from './read-callers.js';
import { readDatabase } from './read-database.js';
import { readEvents } from './read-events.js';
import { readLimits } from './read-limits.js';
import { readServer } from './read-server.js';
import { readSettings, type SettingsRead } from './read-settings.js';
import type { SettingSource } from './secret-setting.js';

/** Relative paths are taken from the working folder. */
export function readConfig(source: SettingSource): Checked<Config> {
  const read = readSettings(source);
  const faults = [...read.faults];
  // A mode that cannot be read counts as production, whose rules are the stricter ones.
  const mode = read.values.LATCHKEY_MODE ?? 'production';
  const server = readServer(read, mode, faults);
  const limits = readLimits(read);
  const callers = readCallers(read, faults);
  const database = readDatabase(read, mode, faults);
  const keyring = readKeyring(read, mode, faults);
  const authorization = readAuthorization(read);
  const events = readEvents(read, mode, faults);
  const audit = readAudit(read, mode, faults);
  const metricsToken = readMetricsToken(read, faults);
  const { LATCHKEY_DATA_FOLDER: folder, LATCHKEY_LOG_LEVEL: logLevel } = read.values;
  const isWhole =
    server &&
    limits &&
    callers &&
    database &&
    keyring &&
    authorization &&
    events &&
    audit &&
    folder !== undefined &&
    logLevel;
  if (!isWhole || faults.length > 0) return { faults };

  const dataFolder = resolve(folder);
  const { LATCHKEY_PROVIDERS_FOLDER: providersFolder } = read.values;
  return {
    value: deepFreeze({
      mode,
      server,
      limits,
      dataFolder,
      database,
      keyring,
      callers,
      providersFolder: providersFolder === undefined ? null : resolve(providersFolder),
      authorization,
      events,
      audit,
      ...readTools(read, mode),
      metricsToken,
      logLevel,
    }),
  };
}

/** The database alone, for work that needs nothing else. */
export function readDatabasePlace(source: SettingSource): Checked<DatabaseConfig> {
  const read = readSettings(source);
  const ownFaults = read.faults.filter(({ path }) => ownSettings.test(path));
  const database = readDatabase(read, read.values.LATCHKEY_MODE ?? 'production', ownFaults);
  return database && ownFaults.length === 0 ? { value: database } : { faults: ownFaults };
}

/** Absolute. Whether the setting is faulty is readDatabasePlace's to tell. */
export function readDataFolder(source: SettingSource): string {
  return resolve(readSettings(source).values.LATCHKEY_DATA_FOLDER ?? '.');
}

const ownSettings = /^LATCHKEY_(DATA_FOLDER|DATABASE_|MODE)/;

function readKeyring({ values, faulty }: SettingsRead, mode: Mode, faults: ConfigFault[]): Secret | null {
  const text = values.LATCHKEY_KEYRING;
  if (text) return Secret.of(text);
  if (!faulty.has('LATCHKEY_KEYRING'))
    faults.push({ path: 'LATCHKEY_KEYRING', fault: 'is missing', mend: makeKeyring[mode] });
  return null;
}

const makeKeyring: Readonly<Record<Mode, string>> = {
  production:
    'Make a keyring with `node dist/src/cli/latchkey.js keys new --out keyring.json` and set LATCHKEY_KEYRING_FILE=keyring.json.',
  development:
    'Make a keyring with `node dist/src/cli/latchkey.js keys new --development --out keyring.json` and set LATCHKEY_KEYRING_FILE=keyring.json.',
};

function readAuthorization({ values }: SettingsRead): AuthorizationConfig | null {
  const { LATCHKEY_AUTHORIZATION_LIFETIME_SECONDS: lifetimeSeconds, LATCHKEY_RETURN_TO_URLS: returnTo } = values;
  if (lifetimeSeconds === undefined || !returnTo) return null;
  return { lifetimeSeconds, repeatSeconds: 300, parkedCodeSeconds: 300, returnTo };
}

function readTools({ values }: SettingsRead, mode: Mode): Pick<Config, 'playground' | 'introspection' | 'stopDelayMs'> {
  const playground = values.LATCHKEY_PLAYGROUND ?? mode === 'development';
  const stopDelayMs = (values.LATCHKEY_STOP_DELAY_SECONDS ?? 0) * 1000; // a value at fault is in the list already
  return { playground, introspection: values.LATCHKEY_INTROSPECTION ?? playground, stopDelayMs };
}

/** Short ones can be guessed: the page has no other lock. */
const leastTokenLength = 24;

function readMetricsToken({ values }: SettingsRead, faults: ConfigFault[]): Secret | null {
  const text = values.LATCHKEY_METRICS_TOKEN;
  if (!text) return null;
  if (text.length >= leastTokenLength) return Secret.of(text);
  faults.push({
    path: 'LATCHKEY_METRICS_TOKEN',
    fault: `has fewer than ${leastTokenLength} characters`,
    mend: 'Make a longer one with `openssl rand -hex 32`.',
  });
  return null;
}

function deepFreeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) if (typeof part === 'object' && part !== null) deepFreeze(part as object);
  return Object.freeze(value);
}
