import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config/read-config.js';
import { completeEnvironment, configOf, faultPathsOf, faultsOf } from '../support/test-config.js';

const secret = 'planted-secret-of-more-than-32-bytes!!';

describe('the environment', () => {
  test('of production gives a configuration without anything for developers', () => {
    expect(configOf()).toMatchObject({
      mode: 'production',
      server: {
        host: '127.0.0.1',
        port: 4000,
        publicUrl: 'https://latchkey.example',
        allowedHosts: ['latchkey.example'],
        corsOrigins: [],
        trustedProxies: [],
      },
      limits: {
        query: { cost: 5000, depth: 15, aliases: 30 },
        requestMs: 30_000,
        userRequestsPerMinute: 600,
        userConcurrency: 100,
        addressRequestsPerMinute: 1200,
        addressFailuresPerMinute: 60,
        connections: 5000,
      },
      dataFolder: resolve('.latchkey'),
      database: {
        kind: 'sqlite',
        file: resolve('.latchkey', 'latchkey.db'),
        jobsFile: resolve('.latchkey', 'jobs.db'),
      },
      callers: {
        issuer: 'https://login.example.com',
        audience: ['latchkey'],
        key: { kind: 'discovery' },
        algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'],
        clockToleranceSeconds: 5,
        userIdClaim: 'sub',
        rolesClaim: 'roles',
        adminRoles: {},
      },
      providersFolder: null,
      authorization: { lifetimeSeconds: 600, returnTo: [] },
      playground: false,
      introspection: false,
      logLevel: 'info',
    });
  });

  test('of development needs no public URL and serves the names of this machine', () => {
    const config = configOf({ LATCHKEY_MODE: 'development', LATCHKEY_PUBLIC_URL: undefined, PORT: '8080' });
    expect(config.server.publicUrl).toBe('http://127.0.0.1:8080');
    expect(config.server.allowedHosts.toSorted()).toEqual(['127.0.0.1:8080', '[::1]:8080', 'localhost:8080']);
    expect(config).toMatchObject({ playground: true, introspection: true });
  });

  test('is frozen to the last field once read', () => {
    const config = configOf();
    expect(() => Object.assign(config.server, { port: 1 })).toThrow(TypeError);
    expect(() => (config.callers.algorithms as string[]).push('none')).toThrow(TypeError);
  });

  test('takes an empty text for no text, as compose files write it', () => {
    expect(configOf({ PORT: '', LATCHKEY_JWT_SECRET: ' ', LATCHKEY_JWT_SECRET_FILE: '' }).server.port).toBe(4000);
  });

  test('gives lists separated by commas or white space', () => {
    const { server } = configOf({
      LATCHKEY_CORS_ORIGINS: 'https://a.example, https://b.example\nhttps://c.example:8443/',
    });
    expect(server.corsOrigins).toEqual(['https://a.example', 'https://b.example', 'https://c.example:8443']);
  });

  test('keeps an address to return to byte for byte', () => {
    const url = 'https://APP.example:443/connected?tab=%61&x=';
    expect(configOf({ LATCHKEY_RETURN_TO_URLS: url }).authorization.returnTo).toEqual([url]);
  });
});

describe('all faults are told at once', () => {
  test('each with where it is and what to do', () => {
    const faults = faultsOf({
      PORT: '70000',
      LATCHKEY_PUBLIC_URL: 'http://latchkey.example',
      LATCHKEY_JWT_ISSUER: undefined,
      LATCHKEY_KEYRING: undefined,
      LATCHKEY_LOG_LEVEL: 'loud',
      LATCHKEY_CORS_ORIGINS: 'https://fine.example, *',
    });
    expect(faults.map(({ path }) => path)).toEqual([
      'PORT',
      'LATCHKEY_PUBLIC_URL',
      'LATCHKEY_CORS_ORIGINS[1]',
      'LATCHKEY_LOG_LEVEL',
      'LATCHKEY_JWT_ISSUER',
      'LATCHKEY_KEYRING',
    ]);
    for (const { fault, mend } of faults) {
      expect(fault).toMatch(/^[a-z].*[^.]$/);
      expect(mend).toMatch(/^[A-Z].*\.$/);
    }
  });

  test('and a setting whose own text is at fault is not told as missing too', () => {
    expect(faultPathsOf({ LATCHKEY_PUBLIC_URL: 'no url' })).toEqual(['LATCHKEY_PUBLIC_URL']);
    expect(faultPathsOf({ LATCHKEY_KEYRING: undefined, LATCHKEY_KEYRING_FILE: '/gone' })).toEqual([
      'LATCHKEY_KEYRING_FILE',
    ]);
    expect(faultPathsOf({ LATCHKEY_JWT_DISCOVERY: 'perhaps' })).toEqual(['LATCHKEY_JWT_DISCOVERY']);
  });

  test.each<[string, string]>([
    ['PORT', '-1'],
    ['PORT', '4000.5'],
    ['PORT', '0x10'],
    ['HOST', 'not a host'],
    ['LATCHKEY_MODE', 'Production'],
    ['LATCHKEY_PUBLIC_URL', 'https://latchkey.example/path'],
    ['LATCHKEY_PUBLIC_URL', 'https://ada:secret@latchkey.example'],
    ['LATCHKEY_PUBLIC_URL', 'ftp://latchkey.example'],
    ['LATCHKEY_PLAYGROUND', 'yes'],
    ['LATCHKEY_JWT_CLOCK_TOLERANCE_SECONDS', '301'],
    ['LATCHKEY_AUTHORIZATION_LIFETIME_SECONDS', '59'],
    ['LATCHKEY_LIMIT_QUERY_COST', '1499'],
    ['LATCHKEY_LIMIT_REQUEST_SECONDS', '0'],
    ['LATCHKEY_LIMIT_USER_REQUESTS', '-1'],
    ['LATCHKEY_JWT_JWKS_URL', 'http://login.example.com/jwks'],
  ])('%s=%s is refused', (name, value) => {
    const changes = name === 'LATCHKEY_JWT_JWKS_URL' ? { LATCHKEY_JWT_DISCOVERY: undefined } : {};
    expect(faultPathsOf({ ...changes, [name]: value })).toEqual([name]);
  });

  test.each<[string, string]>([
    ['LATCHKEY_ALLOWED_HOSTS', 'https://latchkey.example'],
    ['LATCHKEY_ALLOWED_HOSTS', 'latchkey.example/path'],
    ['LATCHKEY_ALLOWED_HOSTS', 'ada@latchkey.example'],
    ['LATCHKEY_CORS_ORIGINS', 'null'],
    ['LATCHKEY_TRUSTED_PROXIES', '0.0.0.0/0'],
    ['LATCHKEY_TRUSTED_PROXIES', '::/0'],
    ['LATCHKEY_TRUSTED_PROXIES', 'loopback'],
    ['LATCHKEY_RETURN_TO_URLS', 'javascript:alert(1)'],
    ['LATCHKEY_RETURN_TO_URLS', 'https://app.example/#connected'],
    ['LATCHKEY_RETURN_TO_URLS', '//app.example/connected'],
  ])('%s=%s is refused', (name, value) => {
    expect(faultPathsOf({ [name]: value })).toEqual([`${name}[0]`]);
  });

  test('plain http is accepted on this machine alone', () => {
    for (const host of ['localhost', '127.0.0.1', '127.9.9.9', '[::1]']) {
      expect(configOf({ LATCHKEY_PUBLIC_URL: `http://${host}:4000` }).server.publicUrl).toBe(`http://${host}:4000`);
    }
    for (const host of ['10.0.0.1', 'localhost.example', '127.0.0.1.example', '[::2]']) {
      expect(faultPathsOf({ LATCHKEY_PUBLIC_URL: `http://${host}:4000` })).toEqual(['LATCHKEY_PUBLIC_URL']);
    }
  });

  test('any free port needs a public URL, since redirect URIs are built on it', () => {
    const development = { LATCHKEY_MODE: 'development', LATCHKEY_PUBLIC_URL: undefined, PORT: '0' };
    expect(faultPathsOf(development)).toEqual(['LATCHKEY_PUBLIC_URL']);
  });
});

describe('an unknown name', () => {
  test('is a fault, and the nearest name is offered', () => {
    const [fault] = faultsOf({ LATCHKEY_JWT_AUDIENSE: 'x' });
    expect(fault).toMatchObject({
      path: 'LATCHKEY_JWT_AUDIENSE',
      mend: 'Did you mean LATCHKEY_JWT_AUDIENCE? Rename it.',
    });
  });

  test('that is like no other is sent to the list', () => {
    expect(faultsOf({ LATCHKEY_TEA_POT: 'x' })).toMatchObject([{ mend: expect.stringContaining('docs/settings.md') }]);
  });

  test('of a file for a setting that is no file is a fault', () => {
    expect(faultPathsOf({ LATCHKEY_JWT_ISSUER_FILE: '/x' })).toEqual(['LATCHKEY_JWT_ISSUER_FILE']);
  });

  test('is left to the catalogue where it may be a credential of a provider', () => {
    expect(
      faultPathsOf({ LATCHKEY_PROVIDER_DEMO_CLIENT_ID: 'x', LATCHKEY_PROVIDER_MY_CRM_CLIENT_SECRET_FILE: 'x' }),
    ).toEqual([]);
  });

  test('without our prefix belongs to somebody else', () => {
    expect(faultPathsOf({ HOSTNAME: 'x', PATH: '/bin', LATCH_KEY: 'x' })).toEqual([]);
  });
});

describe('a secret', () => {
  test('is read from a file, without the line break at its end', () => {
    const changes = { LATCHKEY_KEYRING: undefined, LATCHKEY_KEYRING_FILE: '/run/keyring.json' };
    expect(configOf(changes, { '/run/keyring.json': '{"a":1}\r\n' }).keyring.expose()).toBe('{"a":1}');
  });

  test('given twice is a fault, even when both are the same', () => {
    const faults = faultsOf({ LATCHKEY_KEYRING_FILE: '/k' }, { '/k': completeEnvironment['LATCHKEY_KEYRING'] ?? '' });
    expect(faults).toMatchObject([
      { path: 'LATCHKEY_KEYRING', mend: 'Keep LATCHKEY_KEYRING or LATCHKEY_KEYRING_FILE.' },
    ]);
  });

  test.each([
    ['ENOENT', 'does not exist'],
    ['EACCES', 'may not be read'],
    ['EISDIR', 'is a folder'],
    ['EIO', 'cannot be read'],
  ])('in a file that gives %s is a fault that says it %s', (code, why) => {
    const checked = readConfig({
      environment: { ...completeEnvironment, LATCHKEY_KEYRING: undefined, LATCHKEY_KEYRING_FILE: '/k' },
      readFile: () => {
        throw Object.assign(new Error(code), { code });
      },
    });
    expect(checked).toMatchObject({ faults: [{ path: 'LATCHKEY_KEYRING_FILE', fault: `names a file that ${why}` }] });
  });

  test('in an empty file is a fault', () => {
    const changes = { LATCHKEY_KEYRING: undefined, LATCHKEY_KEYRING_FILE: '/k' };
    expect(faultsOf(changes, { '/k': '\n' })).toMatchObject([{ fault: 'names a file that is empty' }]);
  });

  test('never stands in a fault, wherever it was put', () => {
    const marker = 'planted-marker';
    const everywhere = Object.fromEntries(
      ['PORT', 'HOST', 'LATCHKEY_MODE', 'LATCHKEY_KEYRING_FILE', 'LATCHKEY_JWT_SECRET_FILE', 'LATCHKEY_JWT_PUBLIC_KEY']
        .concat(['LATCHKEY_JWT_SECRET', 'LATCHKEY_JWT_ALGORITHMS', 'LATCHKEY_CORS_ORIGINS', 'LATCHKEY_PUBLIC_URL'])
        .concat(['LATCHKEY_TRUSTED_PROXIES', 'LATCHKEY_LOG_LEVEL', 'LATCHKEY_UNKNOWN'])
        .map((name) => [name, marker]),
    );
    const faults = faultsOf(everywhere);
    expect(faults.length).toBeGreaterThan(8);
    expect(JSON.stringify(faults)).not.toContain(marker);
    expect(JSON.stringify(faultsOf({ [`LATCHKEY_${marker}`]: 'x' }))).toContain(marker); // a name is told: it is no value
  });

  test('does not print with the configuration', () => {
    const config = configOf({ LATCHKEY_JWT_DISCOVERY: undefined, LATCHKEY_JWT_SECRET: secret });
    expect(JSON.stringify(config)).not.toContain('planted');
    expect(config.keyring.expose()).toContain('planted');
  });
});

describe('the keyring', () => {
  test('is required, and the fault names the command that makes one', () => {
    const [fault] = faultsOf({ LATCHKEY_KEYRING: undefined });
    expect(fault?.mend).toContain('node dist/src/cli/latchkey.js keys new --out keyring.json');
  });
});

describe('roles', () => {
  test('make nobody an admin unless the operator says which value does', () => {
    expect(configOf().callers.adminRoles).toEqual({});
    expect(configOf({ LATCHKEY_JWT_ADMIN_ROLES: 'ops, root' }).callers.adminRoles).toEqual({
      ops: { providers: null, users: null, readOnly: false },
      root: { providers: null, users: null, readOnly: false },
    });
  });
});

describe('the database', () => {
  const url = 'postgres://latchkey:p%40ss-planted@db.internal:5433/vault?sslmode=verify-full';

  test('is PostgreSQL where a URL names one, and what people are told of it holds no password', () => {
    const { database } = configOf({ LATCHKEY_DATABASE_URL: url, LATCHKEY_DATABASE_POOL_SIZE: '25' });
    expect(database).toMatchObject({ kind: 'postgres', place: 'db.internal:5433/vault', poolSize: 25 });
    expect(database.kind === 'postgres' && database.url.expose()).toBe(url);
    expect(JSON.stringify(database)).not.toContain('planted');
  });

  test('may stand in a file, as containers mount secrets', () => {
    const { database } = configOf(
      { LATCHKEY_DATABASE_URL_FILE: '/run/secrets/url' },
      { '/run/secrets/url': `${url}\n` },
    );
    expect(database).toMatchObject({ kind: 'postgres', place: 'db.internal:5433/vault' });
  });

  test.each([
    ['postgres://latchkey@localhost/vault', 'localhost:5432/vault'],
    ['postgresql://latchkey@127.0.0.1:6432/vault', '127.0.0.1:6432/vault'],
    ['postgres:///vault?user=latchkey&host=/run/postgresql', '/run/postgresql:5432/vault'],
    ['postgres://latchkey@db.internal/vault?sslmode=disable', 'db.internal:5432/vault'],
  ])('may be %s', (given, place) => {
    expect(configOf({ LATCHKEY_DATABASE_URL: given }).database).toMatchObject({ place });
  });

  test.each(['require', 'verify-ca'])('with sslmode=%s has its certificate checked in full', (mode) => {
    const { database } = configOf({ LATCHKEY_DATABASE_URL: `postgres://a:b@db.internal/vault?sslmode=${mode}` });
    expect(database.kind === 'postgres' && database.url.expose()).toMatch(/sslmode=verify-full$/);
  });

  test.each([
    ['mysql://latchkey:planted@db.internal/vault', 'is not a URL of PostgreSQL'],
    ['postgres://latchkey:pl#anted@db.internal/vault', 'is not a URL of PostgreSQL'],
    ['postgres://latchkey:planted@db.internal', 'names no database'],
    ['postgres://latchkey:planted@db.internal/vault', 'does not say whether the way to the database is encrypted'],
    ['postgres://latchkey:planted@db.internal/vault?sslmode=prefer', 'has an sslmode that does not say what holds'],
  ])('cannot be %s, and the fault repeats nothing of it', (given, fault) => {
    const faults = faultsOf({ LATCHKEY_DATABASE_URL: given });
    expect(faults).toMatchObject([{ path: 'LATCHKEY_DATABASE_URL', fault }]);
    expect(JSON.stringify(faults)).not.toMatch(/planted|pl#anted/);
  });

  test('needs no sslmode in development', () => {
    const given = { LATCHKEY_MODE: 'development', LATCHKEY_DATABASE_URL: 'postgres://a:b@db/vault' };
    expect(configOf(given).database.kind).toBe('postgres');
  });
});
