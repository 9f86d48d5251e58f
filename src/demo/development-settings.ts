/** What the development start decides where the developer has said nothing: addresses, the demo provider's port, keys for
 *  callers and vault. Called by start.ts. Everything goes to the gateway as an environment, by the same door through which
 *  production is configured. Must never: overrule a setting that the developer gave. */
import { resolve } from 'node:path';
import { StartFault } from '../config/start-fault.js';
import type { DevelopmentFolder } from './development-folder.js';
import { developmentAudience, developmentIssuer } from './development-tokens.js';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface DevelopmentAddresses {
  /** Absolute. */
  readonly dataFolder: string;
  readonly publicUrl: string;
  readonly demoPort: number;
  readonly demoUrl: string;
  /** Origins where apps under development run; each may call the gateway and be returned to at its /callback. */
  readonly appOrigins: readonly string[];
}

export const demoProviderId = 'demo';
export const demoClientId = 'latchkey';

export function readAddresses(environment: Environment): DevelopmentAddresses {
  const given = (name: string): string | undefined => environment[name]?.trim() || undefined;
  const demoPort = Number(given('DEMO_PORT') ?? '4001');
  if (!Number.isInteger(demoPort) || demoPort < 1 || demoPort > 65_535) {
    throw new StartFault('DEMO_PORT is not a port; give a whole number from 1 to 65535, such as DEMO_PORT=4001.');
  }
  const host = given('HOST') ?? '127.0.0.1';
  const ownUrl = `http://${nameOf(host)}:${given('PORT') ?? '4000'}`;
  return {
    dataFolder: resolve(given('LATCHKEY_DATA_FOLDER') ?? '.latchkey'),
    publicUrl: (given('LATCHKEY_PUBLIC_URL') ?? ownUrl).replace(/\/$/, ''),
    demoPort,
    demoUrl: `http://127.0.0.1:${demoPort}`,
    appOrigins: listOf(given('DEMO_APP_ORIGINS') ?? 'http://localhost:3000 http://localhost:5173'),
  };
}

/** Callback pages of apps under development: registered at the demo provider, and with the gateway. */
export function appCallbacks({ appOrigins }: DevelopmentAddresses): string[] {
  return appOrigins.map((origin) => `${origin}/callback`);
}

export function settingsOf(parts: {
  environment: Environment;
  addresses: DevelopmentAddresses;
  folder: DevelopmentFolder;
  publicKeyPem: string;
}): Environment {
  const { environment, addresses, folder, publicKeyPem } = parts;
  const { publicUrl, appOrigins } = addresses;
  const returnTo = [`${publicUrl}/playground`, ...appCallbacks(addresses)];
  return {
    LATCHKEY_LOG_LEVEL: 'warn',
    LATCHKEY_CORS_ORIGINS: appOrigins.join(' '),
    ...(hasOwnIssuer(environment) ? {} : callerSettings(publicKeyPem)),
    ...(isAnyGiven(environment, /^LATCHKEY_KEYRING(_FILE)?$/) ? {} : { LATCHKEY_KEYRING_FILE: folder.keyringFile }),
    ...givenOnes(environment),
    LATCHKEY_MODE: 'development',
    LATCHKEY_PUBLIC_URL: publicUrl,
    LATCHKEY_DATA_FOLDER: addresses.dataFolder,
    LATCHKEY_RETURN_TO_URLS: [...returnTo, ...listOf(environment['LATCHKEY_RETURN_TO_URLS'] ?? '')].join(' '),
    LATCHKEY_PROVIDER_DEMO_CLIENT_SECRET: folder.demo.clientSecret,
  };
}

/** Whether callers come from the developer's own issuer, which the development tokens are not of. */
export function hasOwnIssuer(environment: Environment): boolean {
  return isAnyGiven(environment, /^LATCHKEY_JWT_/);
}

function callerSettings(publicKey: string): Environment {
  return {
    LATCHKEY_JWT_ISSUER: developmentIssuer,
    LATCHKEY_JWT_AUDIENCE: developmentAudience,
    LATCHKEY_JWT_PUBLIC_KEY: publicKey,
    LATCHKEY_JWT_ALGORITHMS: 'ES256',
    LATCHKEY_JWT_ADMIN_ROLES: 'admin',
  };
}

function isAnyGiven(environment: Environment, names: RegExp): boolean {
  return Object.keys(givenOnes(environment)).some((name) => names.test(name));
}

function givenOnes(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value?.trim()));
}

function listOf(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean);
}

/** How a browser on this machine names the address that is listened on. */
function nameOf(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
