/** The configuration of the subjects that are a gateway, read by the door that production uses, so that both get the same
 *  checks, limits and log level. Called by the gateway's programs. */
import { join } from 'node:path';
import type { Config } from '../src/config/config.js';
import type { Checked } from '../src/config/fault.js';
import { readConfig } from '../src/config/read-config.js';
import { loadCatalogue } from '../src/providers/load-catalogue.js';
import type { Catalogue } from '../src/providers/provider.js';
import type { Plan } from './messages.js';
import { providerId } from './people.js';

/** Who signs the JWTs of the load. */
export const issuer = 'https://app.example';
export const audience = 'latchkey';

export function configOf({ folder, publicKeyPem, databaseUrl }: Plan, keyringText: string): Config {
  return valueOf(
    readConfig({
      readFile: () => '',
      environment: {
        PORT: '0',
        LATCHKEY_MODE: 'development', // the upstream stands on loopback, which production refuses
        LATCHKEY_PUBLIC_URL: 'http://127.0.0.1:4000',
        LATCHKEY_PLAYGROUND: 'false',
        LATCHKEY_DATA_FOLDER: join(folder, 'data'),
        LATCHKEY_KEYRING: keyringText,
        LATCHKEY_JWT_ISSUER: issuer,
        LATCHKEY_JWT_AUDIENCE: audience,
        LATCHKEY_JWT_PUBLIC_KEY: publicKeyPem,
        LATCHKEY_JWT_ALGORITHMS: 'ES256',
        // As high as they go, and not off: the counting is part of what is measured.
        LATCHKEY_LIMIT_USER_REQUESTS: '1000000',
        LATCHKEY_LIMIT_USER_CONCURRENCY: '10000',
        LATCHKEY_LIMIT_ADDRESS_REQUESTS: '1000000',
        ...(databaseUrl === null ? {} : { LATCHKEY_DATABASE_URL: databaseUrl }),
      },
    }),
  );
}

/** One provider, from a definition as an operator writes it; `more` are further lines of it. */
export function catalogueOf(upstreamUrl: string, more = ''): Catalogue {
  const definition = `
name: Bench
issuer: ${upstreamUrl}
network: loopback
clientId: latchkey
scopes: [openid, profile, email]
apiOrigins: [${upstreamUrl}]
${more}`;
  return valueOf(
    loadCatalogue({
      folder: '/',
      mode: 'development',
      environment: { LATCHKEY_PROVIDER_BENCH_CLIENT_SECRET: 'bench-client-secret' },
      readFolder: () => [`${providerId}.yaml`],
      readFile: () => definition,
    }),
  );
}

function valueOf<T>(checked: Checked<T>): T {
  if ('value' in checked) return checked.value;
  throw new Error(`The bench is configured wrongly: ${JSON.stringify(checked.faults, null, 2)}`);
}
