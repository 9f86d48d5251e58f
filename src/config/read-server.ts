/** What the settings of the server say together: where it listens, and which names and origins it answers to. Called by
 *  readConfig. */
import { isIPv6 } from 'node:net';
import type { Mode, ServerConfig } from './config.js';
import type { ConfigFault } from './fault.js';
import type { SettingsRead } from './read-settings.js';
import { requireSetting } from './required-setting.js';

/** Null once a fault has been added to `faults`, here or when the settings were read. */
export function readServer(read: SettingsRead, mode: Mode, faults: ConfigFault[]): ServerConfig | null {
  const { values } = read;
  const { HOST: host, PORT: port } = values;
  const publicUrl = readPublicUrl(read, mode, faults);
  const furtherHosts = values.LATCHKEY_ALLOWED_HOSTS ?? [];
  const corsOrigins = values.LATCHKEY_CORS_ORIGINS;
  const trustedProxies = values.LATCHKEY_TRUSTED_PROXIES;
  if (host === undefined || port === undefined || !publicUrl || !corsOrigins || !trustedProxies) return null;
  const ownHosts = mode === 'development' ? loopbackNames.map((name) => `${name}:${port}`) : [];
  const allowedHosts = [...new Set([new URL(publicUrl).host, ...ownHosts, ...furtherHosts])];
  return { host, port, publicUrl, allowedHosts, corsOrigins, trustedProxies };
}

const loopbackNames = ['localhost', '127.0.0.1', '[::1]'];
const wildcards = new Set(['0.0.0.0', '::']);

function readPublicUrl(read: SettingsRead, mode: Mode, faults: ConfigFault[]): string | undefined {
  const { HOST: host, PORT: port, LATCHKEY_PUBLIC_URL: given } = read.values;
  if (given !== undefined || mode === 'production') return requireSetting(read, 'LATCHKEY_PUBLIC_URL', faults);
  if (host === undefined || port === undefined) return undefined;
  // Redirect URIs are built on it, so a port that is only known later cannot stand in it.
  if (port === 0) return requireSetting(read, 'LATCHKEY_PUBLIC_URL', faults);
  const name = wildcards.has(host) ? 'localhost' : isIPv6(host) ? `[${host}]` : host;
  return new URL(`http://${name}:${port}`).origin;
}
