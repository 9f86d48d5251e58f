/** The built gateway as a process of its own (node dist/src/main.js), before a real provider in the test's process, for tests of
 *  signals, crashes and files. Development mode, since production refuses a provider on this machine. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { stringify } from 'yaml';
import { systemClock } from '../../src/clock.js';
import { newKeyringText } from '../../src/vault/keyring.js';
import { freePort } from './free-port.js';
import { startOidcProvider, type TestOidcProvider } from './oidc-provider.js';
import { startProgram, type Program } from './program.js';
import { postOperation, type TestApp } from './test-app.js';

/** What stays when a process ends: its settings, its vault, its provider. */
export interface GatewayPlace {
  /** Speaks to whichever process listens now. */
  readonly app: Pick<TestApp, 'url' | 'query' | 'tokenFor'>;
  readonly oidc: TestOidcProvider;
  readonly dataFolder: string;
  /** test.yaml in it describes the provider. */
  readonly providersFolder: string;
  /** Starts a process and waits until it serves. */
  start(more?: Readonly<Record<string, string>>): Promise<Program>;
  /** Kills what still runs. */
  stopAll(): Promise<void>;
  /** The same, and deletes everything. */
  close(): Promise<void>;
}

const secret = 'a shared secret of more than 32 bytes';

/** `definition` is added to how the operator describes the provider. */
export async function prepareGateway({
  definition = {},
}: { definition?: Readonly<Record<string, unknown>> } = {}): Promise<GatewayPlace> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-process-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const oidc = await startOidcProvider({ redirectUris: [`${url}/oauth/callback/test`] });
  const dataFolder = join(folder, 'data');
  const environment = {
    PORT: String(port),
    LATCHKEY_MODE: 'development',
    LATCHKEY_PUBLIC_URL: url,
    LATCHKEY_DATA_FOLDER: dataFolder,
    LATCHKEY_KEYRING: newKeyringText({ development: true, clock: systemClock }),
    LATCHKEY_JWT_ISSUER: 'https://login.example',
    LATCHKEY_JWT_AUDIENCE: 'latchkey',
    LATCHKEY_JWT_SECRET: secret,
    LATCHKEY_LOG_LEVEL: 'debug',
    ...(await describeProvider(oidc, folder, definition)),
  };
  const started: Program[] = [];
  const stopAll = async (): Promise<void> => {
    for (const program of started) program.kill('SIGKILL');
    await Promise.all(started.map(({ ended }) => ended));
  };

  return {
    app: {
      url,
      query: ({ query, variables, token }) => postOperation(`${url}/graphql`, { query, variables }, token),
      tokenFor: signFor,
    },
    oidc,
    dataFolder,
    providersFolder: environment.LATCHKEY_PROVIDERS_FOLDER,
    async start(more = {}) {
      const program = startProgram('src/main.js', { ...environment, ...more });
      started.push(program);
      await program.until('gateway.started');
      return program;
    },
    stopAll,
    async close() {
      await stopAll();
      await oidc.close();
      await rm(folder, { recursive: true });
    },
  };
}

function signFor(userId: string): Promise<string> {
  return new SignJWT({})
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer('https://login.example')
    .setAudience('latchkey')
    .setSubject(userId)
    .setExpirationTime('1 hour')
    .sign(new TextEncoder().encode(secret));
}

/** The provider as an operator writes it down. */
async function describeProvider(
  oidc: TestOidcProvider,
  folder: string,
  more: Readonly<Record<string, unknown>>,
): Promise<{ LATCHKEY_PROVIDERS_FOLDER: string; LATCHKEY_PROVIDER_TEST_CLIENT_SECRET: string }> {
  const { client } = oidc;
  if (!('secret' in client)) throw new Error('The test’s provider has no client secret.');
  const { defaultScopes, authorizationParameters } = oidc.provider();
  const providersFolder = join(folder, 'providers');
  await mkdir(providersFolder);
  const definition = {
    name: 'Test provider',
    issuer: oidc.issuer,
    network: 'loopback',
    clientId: client.id,
    scopes: [...defaultScopes],
    authorizationParameters: { ...authorizationParameters },
    ...more,
  };
  await writeFile(join(providersFolder, 'test.yaml'), stringify(definition));
  return {
    LATCHKEY_PROVIDERS_FOLDER: providersFolder,
    LATCHKEY_PROVIDER_TEST_CLIENT_SECRET: client.secret.expose(),
  };
}
