import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import type { ConfigFault } from '../../src/config/fault.js';
import { loadCatalogue, type CatalogueSources } from '../../src/providers/load-catalogue.js';
import type { Catalogue, Provider } from '../../src/providers/provider.js';

const ACME = `
name: Acme
issuer: https://login.acme.example
clientId: latchkey
scopes: [openid, offline_access]
`;
const SECRET = { LATCHKEY_PROVIDER_ACME_CLIENT_SECRET: 'planted-secret' };

interface Written {
  files?: Record<string, string>;
  environment?: Record<string, string>;
  mode?: CatalogueSources['mode'];
}

function load({ files = { 'acme.yaml': ACME }, environment, mode = 'production' }: Written = {}) {
  const hasAcme = Object.keys(files).some((name) => /^acme\.ya?ml$/.test(name));
  return loadCatalogue({
    folder: '/etc/providers',
    environment: environment ?? (hasAcme ? SECRET : {}),
    mode,
    readFolder: () => Object.keys(files),
    readFile: (path) => {
      const text = files[path.replace(/^.*\//, '')];
      if (text === undefined) throw new Error('no such file');
      return text;
    },
  });
}

function catalogueOf(written?: Written): Catalogue {
  const checked = load(written);
  if ('faults' in checked) throw new Error(JSON.stringify(checked.faults));
  return checked.value;
}

const acmeOf = (written?: Written): Provider => catalogueOf(written).get('acme');

function faultsOf(written: Written): readonly ConfigFault[] {
  const checked = load(written);
  return 'faults' in checked ? checked.faults : [];
}

const pathsOf = (written: Written): string[] => faultsOf(written).map((fault) => fault.path);
const acmeWith = (...lines: string[]): Written => ({ files: { 'acme.yaml': [ACME.trim(), ...lines].join('\n') } });

test('a provider needs a name, an issuer, a client and scopes; the rest has defaults', () => {
  expect(acmeOf()).toMatchObject({
    id: 'acme',
    name: 'Acme',
    issuer: 'https://login.acme.example',
    network: 'public',
    apiOrigins: [],
    api: null,
    client: { authentication: 'client_secret_basic', id: 'latchkey' },
    defaultScopes: ['openid', 'offline_access'],
    allowedScopes: ['openid', 'offline_access'],
    authorizationParameters: {},
    resource: null,
    redirectUris: [],
    parameters: [],
    refreshPolicy: { mode: 'LAZY', leadSeconds: null },
    documentationUrl: null,
  });
});

test('every key of the file arrives', () => {
  const provider = acmeOf(
    acmeWith(
      'optionalScopes: [email, openid]',
      'authorizationParameters: { prompt: consent, access_type: offline }',
      'resource: https://api.acme.example/',
      'redirectUris: ["https://app.example/callback?from=acme"]',
      'apiOrigins: ["https://api.acme.example"]',
      'parameters: [{ name: subdomain, description: Your subdomain, pattern: "^[a-z]+$" }]',
      'refreshPolicy: { mode: scheduled, leadSeconds: 60, jitterSeconds: 5, keepAliveSeconds: 86400, notBeforeSeconds: 30, minimumAgeSeconds: 10, notAfterSeconds: 0, sameTokenMeansTooEarly: true, budgetPerSecond: 2.5, reason: Because., source: "https://docs.acme.example/tokens" }',
      'documentationUrl: https://docs.acme.example',
    ),
  );
  expect(provider).toMatchObject({
    allowedScopes: ['openid', 'offline_access', 'email'],
    authorizationParameters: { prompt: 'consent', access_type: 'offline' },
    resource: 'https://api.acme.example/',
    redirectUris: ['https://app.example/callback?from=acme'],
    apiOrigins: ['https://api.acme.example'],
    parameters: [{ name: 'subdomain', pattern: '^[a-z]+$', required: true }],
    refreshPolicy: {
      mode: 'SCHEDULED',
      leadSeconds: 60,
      jitterSeconds: 5,
      idleAfterSeconds: null,
      keepAliveSeconds: 86400,
      notBeforeSeconds: 30,
      minimumAgeSeconds: 10,
      notAfterSeconds: 0,
      sameTokenMeansTooEarly: true,
      budgetPerSecond: 2.5,
    },
    documentationUrl: 'https://docs.acme.example',
  });
});

test('what the catalogue gives cannot be changed', () => {
  const provider = acmeOf();
  expect(() => Object.assign(provider, { issuer: 'https://evil.example' })).toThrow(TypeError);
  expect(() => (provider.defaultScopes as string[]).push('admin')).toThrow(TypeError);
});

test('an id that is not there is UNKNOWN_PROVIDER, whatever it is called', () => {
  for (const id of ['nobody', '', '__proto__', 'constructor', 'ACME']) {
    expect(() => catalogueOf().get(id)).toThrow(expect.objectContaining({ code: 'UNKNOWN_PROVIDER' }));
  }
});

test('without a folder the catalogue is empty; a folder that cannot be read is a fault', () => {
  const nothing = { environment: {}, mode: 'production', readFile: () => '' } as const;
  const checked = loadCatalogue({ ...nothing, folder: null, readFolder: () => ['acme.yaml'] });
  expect('value' in checked && checked.value.list()).toEqual([]);
  expect(loadCatalogue({ ...nothing, folder: '/nowhere', readFolder: refuse })).toMatchObject({
    faults: [{ path: 'LATCHKEY_PROVIDERS_FOLDER' }],
  });
});

function refuse(): never {
  throw new Error('EACCES');
}

test('only .yaml files are read, in the order of their names; .yml is pointed out', () => {
  const environment = { ...SECRET, LATCHKEY_PROVIDER_BIRD_CLIENT_SECRET: 'x' };
  const files = { 'bird.yaml': ACME, 'acme.yaml': ACME, 'README.md': '#' };
  expect(
    catalogueOf({ files, environment })
      .list()
      .map((one) => one.id),
  ).toEqual(['acme', 'bird']);
  expect(pathsOf({ files: { 'acme.yml': ACME } })).toEqual(['/etc/providers/acme.yml']);
});

test.each(['Acme.yaml', 'a_b.yaml', '-a.yaml', 'a--b.yaml', 'a-.yaml', '1a.yaml', `${'a'.repeat(60)}.yaml`, '.yaml'])(
  'the file name %s is no provider id',
  (name) => {
    expect(faultsOf({ files: { [name]: ACME } })).toMatchObject([{ path: `/etc/providers/${name}` }]);
  },
);

test('all faults of all files come at once, each with what is wrong and what to do', () => {
  const files = {
    'acme.yaml': 'name: Acme\nissuer: ftp://x\nscopes: [""]\nscope: openid\n',
    'bird.yaml': 'name: [\n',
    'crow.yaml': ACME.replace('clientId: latchkey', ''),
  };
  const faults = faultsOf({ files, environment: {} });
  expect(faults.map((fault) => fault.path)).toEqual([
    '/etc/providers/acme.yaml: scopes[0]',
    '/etc/providers/acme.yaml: scope',
    '/etc/providers/bird.yaml',
    'LATCHKEY_PROVIDER_CROW_CLIENT_ID',
    'LATCHKEY_PROVIDER_CROW_CLIENT_SECRET',
  ]);
  for (const fault of faults) {
    expect(fault.fault).not.toBe('');
    expect(fault.mend).toMatch(/[.]$/);
  }
});

test.each([
  ['grantType: password', '/etc/providers/acme.yaml: grantType'],
  ['grant_types: [implicit]', '/etc/providers/acme.yaml: grant_types'],
  ['responseType: token', '/etc/providers/acme.yaml: responseType'],
])('%s cannot be configured: there is the code grant alone', (line, path) => {
  expect(faultsOf(acmeWith(line))).toMatchObject([{ path, fault: 'grants and response types cannot be configured' }]);
});

test.each([
  'response_type',
  'redirect_uri',
  'state',
  'nonce',
  'code_challenge_method',
  'scope',
  'client_id',
  'request',
])('the parameter %s of the protocol cannot be set by the file', (name) => {
  expect(pathsOf(acmeWith(`authorizationParameters: { ${name}: x }`))).toEqual([
    `/etc/providers/acme.yaml: authorizationParameters.${name}`,
  ]);
});

test('a secret in the file is a fault that does not repeat it', () => {
  const faults = faultsOf(acmeWith('clientSecret: planted-in-file'));
  expect(faults).toMatchObject([{ path: '/etc/providers/acme.yaml: clientSecret' }]);
  expect(JSON.stringify(faults)).not.toContain('planted-in-file');
});

test('no fault repeats a value of the file or of the environment', () => {
  const text = 'name: 1\nissuer: planted-1\nscopes: ["planted 2"]\nnetwork: planted-3\nplanted: 4\nx: : planted-5';
  const faults = [
    ...faultsOf({ files: { 'acme.yaml': text } }),
    ...faultsOf({ files: { 'acme.yaml': text.replace(/x: :.*/, '') } }),
    ...faultsOf({
      ...acmeWith('clientAuthentication: private_key_jwt'),
      environment: { LATCHKEY_PROVIDER_ACME_PRIVATE_KEY: 'planted-6' },
    }),
  ];
  expect(faults.length).toBeGreaterThan(5);
  expect(faults.map((fault) => fault.fault + fault.mend).join()).not.toContain('planted');
});

test.each([
  ['http://login.acme.example', 'is not an https URL'],
  ['https://user@login.acme.example', 'has a user name or a password in it'],
  ['https://login.acme.example/?tenant=1', 'has a query'],
  ['https://login.acme.example/#x', 'has a fragment'],
  ['login.acme.example', 'is not an absolute URL'],
  ['http://127.0.0.1:4001', 'is not an https URL'],
])('the issuer %s is refused', (issuer, fault) => {
  const files = { 'acme.yaml': ACME.replace('https://login.acme.example', `"${issuer}"`) };
  expect(faultsOf({ files })).toMatchObject([{ path: '/etc/providers/acme.yaml: issuer', fault }]);
});

test.each([
  ['http://app.example/callback', 'is not an https URL'],
  ['com.example.app:/callback', 'is not an https URL'],
  ['https://app.example/#/callback', 'has a fragment'],
  ['http://localhost:3000/callback', 'is not an https URL'],
])('the redirect URI %s is refused', (uri, fault) => {
  expect(faultsOf(acmeWith(`redirectUris: ["${uri}"]`))).toMatchObject([
    { path: '/etc/providers/acme.yaml: redirectUris[0]', fault },
  ]);
});

test.each([
  'https://api.acme.example/',
  'https://api.acme.example/v1',
  'https://API.acme.example',
  'http://api.acme.example',
])('%s is not an origin of an API', (origin) => {
  expect(pathsOf(acmeWith(`apiOrigins: ["${origin}"]`))).toEqual(['/etc/providers/acme.yaml: apiOrigins[0]']);
});

test('a resource is an absolute URI without a fragment, a documentation page is on the web', () => {
  expect(pathsOf(acmeWith('resource: "https://api.acme.example/#x"'))).toEqual(['/etc/providers/acme.yaml: resource']);
  expect(pathsOf(acmeWith('documentationUrl: "javascript:alert(1)"'))).toEqual([
    '/etc/providers/acme.yaml: documentationUrl',
  ]);
  expect(acmeOf(acmeWith('resource: "urn:acme:api"')).resource).toBe('urn:acme:api');
});

const LOOPBACK = ACME.replace('https://login.acme.example', 'http://127.0.0.1:4001') + 'network: loopback\n';

test('a loopback provider is for development alone', () => {
  const files = { 'acme.yaml': `${LOOPBACK}redirectUris: ["http://localhost:3000/callback"]` };
  expect(acmeOf({ files, mode: 'development' })).toMatchObject({
    network: 'loopback',
    issuer: 'http://127.0.0.1:4001',
  });
  expect(faultsOf({ files, mode: 'production' })).toMatchObject([
    { path: '/etc/providers/acme.yaml: network', fault: 'a loopback provider is refused in production' },
  ]);
});

test('an app under development may have its page on this machine, at a public provider too', () => {
  const written = acmeWith('redirectUris: ["http://localhost:5173/callback"]');
  expect(acmeOf({ ...written, mode: 'development' }).redirectUris).toEqual(['http://localhost:5173/callback']);
  expect(pathsOf({ ...written, mode: 'production' })).toEqual(['/etc/providers/acme.yaml: redirectUris[0]']);
  expect(pathsOf({ ...acmeWith('redirectUris: ["http://app.example/callback"]'), mode: 'development' })).toEqual([
    '/etc/providers/acme.yaml: redirectUris[0]',
  ]);
});

test('a public provider does not become reachable on loopback by the key', () => {
  expect(pathsOf({ ...acmeWith('network: loopback'), mode: 'development' })).toEqual([
    '/etc/providers/acme.yaml: network',
  ]);
});

test('a scope holds no space and no quote', () => {
  for (const scope of ['"a b"', `'a"b'`, '""', '"a\\\\b"']) {
    const files = { 'acme.yaml': ACME.replace('[openid, offline_access]', `[${scope}]`) };
    expect(pathsOf({ files }), scope).toEqual(['/etc/providers/acme.yaml: scopes[0]']);
  }
});

test('a pattern has to be a regular expression, and whenActive has to say when a user is idle', () => {
  expect(pathsOf(acmeWith('parameters: [{ name: a, description: b, pattern: "(" }]'))).toEqual([
    '/etc/providers/acme.yaml: parameters[0].pattern',
  ]);
  expect(pathsOf(acmeWith('refreshPolicy: { mode: whenActive }'))).toEqual([
    '/etc/providers/acme.yaml: refreshPolicy.idleAfterSeconds',
  ]);
});

test('a policy that leaves no moment for a refresh is a fault', () => {
  expect(pathsOf(acmeWith('refreshPolicy: { mode: lazy, notBeforeSeconds: 30, notAfterSeconds: 30 }'))).toEqual([
    '/etc/providers/acme.yaml: refreshPolicy.notAfterSeconds',
  ]);
});

test('YAML that unfolds, repeats a key, or holds no map is a fault', () => {
  const bomb = 'a: &a [x, x]\nb: &b [*a, *a]\nname: [*b, *b]\n';
  for (const text of [bomb, `${ACME}name: Again\n`, '', '[]', 'just text', 'x'.repeat(70_000)]) {
    expect(faultsOf({ files: { 'acme.yaml': text } }).length, text.slice(0, 20)).toBeGreaterThan(0);
  }
});

test('the client id of the environment stands over that of the file', () => {
  const environment = { ...SECRET, LATCHKEY_PROVIDER_ACME_CLIENT_ID: 'from-environment' };
  expect(acmeOf({ environment }).client.id).toBe('from-environment');
});

test('a secret may stand in a file of its own, and not in two places', () => {
  const files = { 'acme.yaml': ACME, secret: ' planted-secret \n' };
  const fromFile = acmeOf({ files, environment: { LATCHKEY_PROVIDER_ACME_CLIENT_SECRET_FILE: '/run/secret' } });
  expect('secret' in fromFile.client && fromFile.client.secret.expose()).toBe('planted-secret');
  const both = { ...SECRET, LATCHKEY_PROVIDER_ACME_CLIENT_SECRET_FILE: '/run/secret' };
  expect(pathsOf({ files, environment: both })).toEqual(['LATCHKEY_PROVIDER_ACME_CLIENT_SECRET']);
});

test('dashes of an id are underscores in the environment', () => {
  const environment = { LATCHKEY_PROVIDER_ACME_CRM_CLIENT_SECRET: 'x' };
  expect(catalogueOf({ files: { 'acme-crm.yaml': ACME }, environment }).get('acme-crm').id).toBe('acme-crm');
});

test('a client without a secret has to be declared as public, and then has none', () => {
  expect(pathsOf({ environment: {} })).toEqual(['LATCHKEY_PROVIDER_ACME_CLIENT_SECRET']);
  const isPublic = acmeWith('clientAuthentication: none');
  expect(acmeOf({ ...isPublic, environment: {} }).client).toEqual({ authentication: 'none', id: 'latchkey' });
  expect(pathsOf(isPublic)).toEqual(['LATCHKEY_PROVIDER_ACME_CLIENT_SECRET']);
});

const pem = (key: { export(options: { type: 'pkcs8' | 'pkcs1'; format: 'pem' }): string | Buffer }): string =>
  String(key.export({ type: 'pkcs8', format: 'pem' }));
const p256 = pem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
const p384 = pem(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey);
const ed25519 = pem(generateKeyPairSync('ed25519').privateKey);
const rsa = pem(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
const smallRsa = pem(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey);

test.each([
  ['ES256', p256, true],
  ['ES384', p384, true],
  ['EdDSA', ed25519, true],
  ['RS256', rsa, true],
  ['PS256', rsa, true],
  ['ES256', p384, false],
  ['ES256', rsa, false],
  ['RS256', p256, false],
  ['RS256', smallRsa, false],
  ['EdDSA', p256, false],
  ['ES256', 'not a key', false],
  ['ES256', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----', false],
])('a key for %s is held to its kind (%#)', (algorithm, key, isGood) => {
  const environment = { LATCHKEY_PROVIDER_ACME_PRIVATE_KEY: key };
  const written = { ...acmeWith(`clientKey: { algorithm: ${algorithm}, id: key-1 }`), environment };
  if (!isGood) return expect(pathsOf(written)).toEqual(['LATCHKEY_PROVIDER_ACME_PRIVATE_KEY']);
  return expect(acmeOf(written).client).toMatchObject({ authentication: 'private_key_jwt', algorithm, keyId: 'key-1' });
});

test('no secret shows when the catalogue is printed', () => {
  const environment = { ...SECRET };
  expect(JSON.stringify(catalogueOf({ environment }).list())).not.toContain('planted-secret');
  expect(JSON.stringify(catalogueOf({ environment }).list())).toContain('[sealed]');
});

test('a credential of no provider, or under a name that none has, is a fault beside the others', () => {
  const environment = {
    ...SECRET,
    LATCHKEY_PROVIDER_ACME_CLIENT_ID: 'another-client',
    LATCHKEY_PROVIDER_ACME_CLIENT_SECRET_NEXT_FILE: ' ',
    LATCHKEY_PROVIDER_ACME_CLIENT_SECRE: 'planted-secret-1',
    LATCHKEY_PROVIDER_ACNE_CLIENT_ID: 'x',
    LATCHKEY_PROVIDER_ACME_SCOPES: 'openid',
    LATCHKEY_PROVIDER_FOLDER: '/etc/providers',
    LATCHKEY_PROVIDER_BIRD_CLIENT_SECRET: 'planted-secret-2',
  };
  const faults = faultsOf({ environment });
  expect(faults.map(({ path, mend }) => [path, mend.slice(0, 60)])).toEqual([
    ['LATCHKEY_PROVIDER_ACME_CLIENT_SECRE', 'Did you mean LATCHKEY_PROVIDER_ACME_CLIENT_SECRET? Rename it'],
    ['LATCHKEY_PROVIDER_ACME_SCOPES', "Remove it, or add the provider's file: those that have one a"],
    ['LATCHKEY_PROVIDER_ACNE_CLIENT_ID', 'Did you mean LATCHKEY_PROVIDER_ACME_CLIENT_ID? Rename it.'],
    ['LATCHKEY_PROVIDER_BIRD_CLIENT_SECRET', "Remove it, or add the provider's file: those that have one a"],
    ['LATCHKEY_PROVIDER_FOLDER', 'Did you mean LATCHKEY_PROVIDERS_FOLDER? Rename it.'],
  ]);
  expect(JSON.stringify(faults)).not.toContain('planted');
});

test('a credential of a provider whose file is at fault is not at fault too', () => {
  expect(pathsOf({ files: { 'acme.yaml': ACME.replace('name: Acme', '') } })).toEqual([
    '/etc/providers/acme.yaml: name',
  ]);
});
