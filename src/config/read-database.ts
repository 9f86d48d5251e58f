/** What the settings of the database say together: SQLite in the data folder, or the PostgreSQL that a URL names. Called by
 *  readConfig. Must never: repeat any part of the URL in a fault, since it holds a password. */
import { resolve } from 'node:path';
import { Secret } from '../secret.js';
import type { DatabaseConfig, Mode } from './config.js';
import type { ConfigFault } from './fault.js';
import { isLoopbackHost } from './loopback.js';
import type { SettingsRead } from './read-settings.js';

/** Null once a fault has been added to `faults`, here or when the settings were read. */
export function readDatabase(read: SettingsRead, mode: Mode, faults: ConfigFault[]): DatabaseConfig | null {
  const { LATCHKEY_DATA_FOLDER: folder, LATCHKEY_DATABASE_URL: url } = read.values;
  const { LATCHKEY_DATABASE_POOL_SIZE: poolSize } = read.values;
  if (read.faulty.has('LATCHKEY_DATABASE_URL') || folder === undefined || poolSize === undefined) return null;
  if (!url) return { kind: 'sqlite', file: resolve(folder, 'latchkey.db'), jobsFile: resolve(folder, 'jobs.db') };
  const refused = refuseUrl(url, mode);
  if (refused) faults.push({ path: 'LATCHKEY_DATABASE_URL', ...refused });
  return refused ? null : { kind: 'postgres', url: Secret.of(verified(url)), place: placeOf(new URL(url)), poolSize };
}

/** Where the database is, for people. */
export function nameDatabase(config: DatabaseConfig): string {
  return config.kind === 'sqlite' ? config.file : `PostgreSQL at ${config.place}`;
}

function refuseUrl(text: string, mode: Mode): Pick<ConfigFault, 'fault' | 'mend'> | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^postgres(ql)?:$/.test(url.protocol) || url.hash !== '') {
    const mend =
      'Write postgres://user:password@host:5432/name, with special characters of the password percent-encoded.';
    return { fault: 'is not a URL of PostgreSQL', mend };
  }
  if (!/^\/[^/]+$/.test(url.pathname)) {
    return {
      fault: 'names no database',
      mend: 'End it with the name, as in postgres://user:password@host:5432/latchkey.',
    };
  }
  const sslMode = url.searchParams.get('sslmode');
  if (sslMode !== null && !sslModes.has(sslMode)) {
    return {
      fault: 'has an sslmode that does not say what holds',
      mend: 'Write sslmode=verify-full, or sslmode=disable.',
    };
  }
  if (mode === 'production' && sslMode === null && !isNear(url)) {
    return {
      fault: 'does not say whether the way to the database is encrypted',
      mend: 'Add ?sslmode=verify-full, or ?sslmode=disable where that network is yours alone.',
    };
  }
  return null;
}

/** Of libpq's words those that leave no choice to the network. The driver checks certificate and name for all but
 *  `disable` and `no-verify`. */
const sslModes: ReadonlySet<string> = new Set(['disable', 'no-verify', 'require', 'verify-ca', 'verify-full']);

/** What the driver does with `require` and `verify-ca`, by its own name: it warns about the others. */
function verified(text: string): string {
  return text.replace(/([?&]sslmode=)(require|verify-ca)(?=&|$)/, '$1verify-full');
}

/** On this machine: a loopback address, or a socket in the file system. */
function isNear(url: URL): boolean {
  const host = hostOf(url);
  return host.startsWith('/') || isLoopbackHost(host);
}

function hostOf({ hostname, searchParams }: URL): string {
  return searchParams.get('host') ?? (decodeURIComponent(hostname) || 'localhost');
}

function placeOf(url: URL): string {
  return `${hostOf(url)}:${url.searchParams.get('port') ?? (url.port || '5432')}${url.pathname}`;
}
