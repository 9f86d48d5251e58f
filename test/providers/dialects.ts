/** The dialects of the definitions that are shipped, for tests of the engine. */
import type { Dialect } from '../../src/providers/dialect.js';
import type { Provider } from '../../src/providers/provider.js';
import { shippedIds } from '../../src/providers/shipped-definitions.js';
import { plainSpeech } from '../../src/providers/plain-speech.js';
import { shippedProvider } from '../support/shipped-provider.js';

const loopback = 'http://127.0.0.1:4001';

/** As an operator gets it, with every address on loopback. */
export function shipped(id: string): Provider {
  const hosts = [
    'app.hubspot.com',
    'api.hubapi.com',
    'account.withings.com',
    'wbsapi.withings.net',
    'accounts.google.com',
  ];
  const more = ['github.com/login', 'api.github.com', 'www.googleapis.com"', 'www.googleapis.com]'];
  const origins = Object.fromEntries(
    [...hosts, ...more].map((host) => [`https://${host}`, `${loopback}${/["\]]$/.exec(host)?.[0] ?? ''}`]),
  );
  return shippedProvider({ extends: id, clientId: 'client', clientSecret: 'planted-secret', origins });
}

export const shippedProviders = (): Provider[] => shippedIds().map(shipped);

export function dialectWith(changes: Partial<Dialect>): Dialect {
  return { ...plainSpeech().dialect, ...changes };
}
