/** The whole gateway as production builds it (createApp), on a free port, with a real database, for tests that look at it
 *  from outside. Callers are signed by an issuer whose key only the test has. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { createApp } from '../../src/app.js';
import { systemClock } from '../../src/clock.js';
import type { Clock } from '../../src/clock.js';
import type { Config } from '../../src/config/config.js';
import { readConfig } from '../../src/config/read-config.js';
import { createLogger } from '../../src/observe/logger.js';
import { createCatalogue } from '../../src/providers/catalogue.js';
import type { Provider } from '../../src/providers/provider.js';
import { parseKeyring, newKeyringText } from '../../src/vault/keyring.js';
import { freePort } from './free-port.js';
import { readStored, usualDatabase, type DatabaseKind } from './test-database.js';
import { createTestPostgres } from './test-postgres.js';

export interface TestApp {
  /** http://127.0.0.1:<port> */
  readonly url: string;
  readonly config: Config;
  /** Every line that the gateway logged. */
  readonly logLines: readonly string[];
  /** All that its database keeps, as text, to look for what must not be in it. */
  storedText(): Promise<string>;
  /** A JWT for this user, valid for an hour of real time. */
  tokenFor(userId: string, roles?: readonly string[]): Promise<string>;
  /** Posts an operation and gives the whole answer. */
  query(operation: Operation): Promise<GraphqlAnswer>;
  close(): Promise<void>;
}

export interface Operation {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  /** A JWT; none is sent when left out. */
  readonly token?: string;
}

export interface GraphqlAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Untyped on purpose: each test looks at what it asked for. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly errors?: readonly { readonly message: string; readonly extensions: Readonly<Record<string, unknown>> }[];
}

export interface TestAppOptions {
  /** Made for the gateway's URL, since redirect URIs are built on it. */
  providers(url: string): readonly Provider[];
  readonly clock?: Clock;
  /** On which database; where it is left out, the one of vitest's project. */
  readonly database?: DatabaseKind;
  /** More LATCHKEY_* settings. LATCHKEY_DATABASE_URL replaces the database that is made otherwise, LATCHKEY_KEYRING_FILE
   *  the keyring. */
  readonly environment?: Readonly<Record<string, string>>;
}

const issuer = 'https://app.example';
const audience = 'latchkey';

/** A test sends what it likes, unless it is about the limits. */
const noRateLimits = {
  LATCHKEY_LIMIT_USER_REQUESTS: '0',
  LATCHKEY_LIMIT_USER_CONCURRENCY: '0',
  LATCHKEY_LIMIT_ADDRESS_REQUESTS: '0',
  LATCHKEY_LIMIT_ADDRESS_FAILURES: '0',
};

export async function startTestApp({
  providers,
  clock = systemClock,
  database = usualDatabase(),
  environment = {},
}: TestAppOptions): Promise<TestApp> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-app-'));
  const place = database === 'postgres' && !environment['LATCHKEY_DATABASE_URL'] ? await createTestPostgres() : null;
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const keyringText = newKeyringText({ development: true, clock });
  const port = await freePort();
  const config = valueOf(
    readConfig({
      readFile: (path) => readFileSync(path, 'utf8'),
      environment: {
        PORT: String(port),
        LATCHKEY_MODE: 'development',
        LATCHKEY_DATA_FOLDER: folder,
        ...(place && { LATCHKEY_DATABASE_URL: place.url }),
        ...(environment['LATCHKEY_KEYRING_FILE'] ? {} : { LATCHKEY_KEYRING: keyringText }),
        LATCHKEY_JWT_ISSUER: issuer,
        LATCHKEY_JWT_AUDIENCE: audience,
        LATCHKEY_JWT_PUBLIC_KEY: await exportSPKI(publicKey),
        LATCHKEY_JWT_ALGORITHMS: 'ES256',
        LATCHKEY_JWT_ADMIN_ROLES: 'admin',
        LATCHKEY_LOG_LEVEL: 'debug',
        ...noRateLimits,
        ...environment,
      },
    }),
  );
  const logLines: string[] = [];
  const log = createLogger({ level: 'debug', destination: { write: (line) => void logLines.push(line) } });
  const url = config.server.publicUrl;
  const keyring = valueOf(parseKeyring(config.keyring));
  const keyringFile = environment['LATCHKEY_KEYRING_FILE'] ?? null;
  const catalogue = createCatalogue(providers(url));
  const app = await createApp({ config, catalogue, keyring, keyringFile }, { clock, log });
  await app.start();

  return {
    url,
    config,
    logLines,
    storedText: () => readStored(config.database),
    tokenFor: (userId, roles = []) =>
      new SignJWT({ roles })
        .setProtectedHeader({ alg: 'ES256' })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(userId)
        .setIssuedAt(Math.floor(clock.now() / 1000))
        .setExpirationTime(Math.floor(clock.now() / 1000) + 3600)
        .sign(privateKey),
    query: ({ query, variables, token }) => postOperation(`${url}/graphql`, { query, variables }, token),
    async close() {
      await app.close();
      await place?.drop();
      await rm(folder, { recursive: true });
    },
  };
}

export async function postOperation(url: string, body: object, token?: string): Promise<GraphqlAnswer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as Omit<GraphqlAnswer, 'status' | 'headers'>;
  return { ...answer, status: response.status, headers: response.headers };
}

function valueOf<T>(checked: { value: T } | { faults: readonly unknown[] }): T {
  if ('value' in checked) return checked.value;
  throw new Error(`The test's configuration is faulty: ${JSON.stringify(checked.faults, null, 2)}`);
}
