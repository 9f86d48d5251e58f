/** The vault of the crash test as its workers and its judge open it. */
import { join } from 'node:path';
import type { DatabaseConfig } from '../../src/config/config.js';
import { fail } from '../../src/errors.js';
import { barePolicy } from '../../src/providers/bare-policy.js';
import { plainSpeech } from '../../src/providers/plain-speech.js';
import type { Catalogue, Provider } from '../../src/providers/provider.js';
import { Secret } from '../../src/secret.js';
import { parseKeyring, type Keyring } from '../../src/vault/keyring.js';
import { createSealer, type Sealer } from '../../src/vault/seal.js';
import { providerId, type WorkerPlan } from './messages.js';

export function configOf({ database }: Pick<WorkerPlan, 'database'>): DatabaseConfig {
  if (database.kind === 'sqlite') return { ...database, jobsFile: join(database.file, '..', 'jobs.db') };
  const { host, pathname } = new URL(database.url);
  return { kind: 'postgres', url: Secret.of(database.url), place: host + pathname, poolSize: 6 };
}

export function openKeys(text: string): { readonly keyring: Keyring; readonly sealer: Sealer } {
  const parsed = parseKeyring(Secret.of(text));
  if ('faults' in parsed) throw new Error('The keyring of the crash test is faulty.');
  return { keyring: parsed.value, sealer: createSealer(parsed.value) };
}

export function catalogueOf({
  providerUrl,
  replay,
  graceSeconds,
}: Pick<WorkerPlan, 'providerUrl' | 'replay' | 'graceSeconds'>): Catalogue {
  const speech = plainSpeech();
  const provider: Provider = {
    ...speech,
    id: providerId,
    name: 'Ledger',
    issuer: null,
    endpoints: { authorize: `${providerUrl}/authorize`, token: `${providerUrl}/token` },
    network: 'loopback',
    apiOrigins: [],
    api: null,
    client: { authentication: 'none', id: 'latchkey' },
    defaultScopes: ['all'],
    allowedScopes: ['all'],
    authorizationParameters: {},
    resource: null,
    redirectUris: [],
    parameters: [],
    rotation: { ...speech.rotation, rotates: replay === 'stable' ? 'never' : 'always', replay, graceSeconds },
    refreshPolicy: barePolicy('LAZY'),
    documentationUrl: null,
  };
  return {
    list: () => [provider],
    get: (id) => (id === providerId ? provider : fail('UNKNOWN_PROVIDER', { provider: id })),
    forAccount: () => provider,
  };
}
