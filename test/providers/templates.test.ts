import { expect, test } from 'vitest';
import type { ConfigFault } from '../../src/config/fault.js';
import { loadCatalogue } from '../../src/providers/load-catalogue.js';
import type { Provider } from '../../src/providers/provider.js';

/** Keys of a definition that is whole without them. */
function load(...lines: string[]) {
  const written = new Set(lines.map((line) => /^\w+/.exec(line)?.[0]));
  const whole = [
    'name: Acme',
    'endpoints: { authorize: "https://acme.example/authorize", token: "https://acme.example/token" }',
    'clientId: latchkey',
    'scopes: [read]',
    'me: { url: "https://acme.example/me", map: { externalId: id } }',
  ].filter((line) => !written.has(/^\w+/.exec(line)?.[0]));
  return loadCatalogue({
    folder: '',
    mode: 'production',
    environment: { LATCHKEY_PROVIDER_ACME_CLIENT_SECRET: 'secret' },
    readFolder: () => ['acme.yaml'],
    readFile: () => [...whole, ...lines].join('\n'),
  });
}

function acme(...lines: string[]): Provider {
  const checked = load(...lines);
  if ('faults' in checked) throw new Error(JSON.stringify(checked.faults, null, 2));
  return checked.value.get('acme');
}

function faultsOf(...lines: string[]): readonly ConfigFault[] {
  const checked = load(...lines);
  return 'faults' in checked ? checked.faults : [];
}

const keysOf = (...lines: string[]): string[] => faultsOf(...lines).map(({ path }) => path.replace('acme.yaml: ', ''));
const token = (url: string): string => `endpoints: { authorize: "https://acme.example/authorize", token: "${url}" }`;
const asking = 'parameters: [{ name: shop, description: Your shop }]';

test('what is the same for every account is filled at the start, and the provider is then none of the templates', () => {
  const provider = acme(token('https://acme.example/{tenant}/token?c={clientId}'), 'values: { tenant: common }');
  expect(provider.endpoints.token).toBe('https://acme.example/common/token?c=latchkey');
  expect(provider.placeholders).toEqual([]);
});

test('what an account brings stays open, and is named', () => {
  const provider = acme(
    token('https://{shop}.acme.example/token'),
    asking,
    'keep: { callback: { realm: realmId }, answer: { instance: instance_url }, me: { cloud: "[0].id" } }',
    'refresh: { add: { realm: "{realm}" } }',
    'me: { url: "{instance}/me", headers: { x-token: "{accessToken}" }, map: { externalId: id } }',
    'api: { base: "https://api.acme.example/{cloud}", headers: { x-client: "{clientId}" } }',
    'hosts: [.acme.example]',
  );
  expect(provider.placeholders.toSorted()).toEqual(['cloud', 'instance', 'realm', 'shop']);
  expect(provider.endpoints.token).toBe('https://{shop}.acme.example/token');
  expect(provider.api?.headers).toEqual({ 'x-client': 'latchkey' });
});

test.each([
  ['a name that nothing gives', ['endpoints.token'], [token('https://acme.example/{tenant}')]],
  ['a secret where none may stand', ['me.url'], ['me: { url: "https://acme.example/{accessToken}", map: {} }']],
  ['a brace of no placeholder', ['endpoints.token'], [token('https://acme.example/{Tenant}')]],
  [
    'a value of the answer in the request that asks for it',
    ['token.add.realm'],
    ['keep: { answer: { realm: realm_id } }', 'token: { add: { realm: "{realm}" } }'],
  ],
  [
    'a value of the callback before the callback',
    ['endpoints.authorize'],
    [
      'keep: { callback: { realm: realmId } }',
      'endpoints: { authorize: "https://acme.example/{realm}", token: "https://acme.example/token" }',
    ],
  ],
  [
    'a parameter that may be left out',
    ['endpoints.token'],
    [token('https://acme.example/{shop}'), 'parameters: [{ name: shop, description: Shop, required: false }]'],
  ],
  ['a value that fills nothing', ['values.tennant'], ['values: { tennant: common }']],
  ['a host without a rule', ['endpoints.token'], [token('https://{shop}/token'), asking]],
  ['a host under one label', ['endpoints.token'], [token('https://{shop}.example/token'), asking]],
  ['a host under numbers', ['endpoints.token', 'endpoints.token'], [token('https://{shop}.0.0.1/token'), asking]],
  ['an origin without a rule', ['endpoints.token'], [token('{shop}/token'), asking]],
  ['a port of a value', ['endpoints.token', 'endpoints.token'], [token('https://acme.example:{shop}/token'), asking]],
  ['a suffix of one label in hosts', ['hosts[0]'], ['hosts: [.example]']],
  ['a host in capitals', ['hosts[0]'], ['hosts: [Acme.example]']],
  ['an address in hosts', ['hosts[0]'], ['hosts: ["https://acme.example"]']],
  [
    'a fixed value that leads elsewhere',
    ['endpoints.token'],
    [token('https://{host}/token'), 'values: { host: evil.example }', 'hosts: [.acme.example]'],
  ],
  [
    'a fixed value that climbs',
    ['endpoints.token'],
    [token('https://acme.example/{tenant}/t'), 'values: { tenant: .. }'],
  ],
  ['one name from two places', ['keep.answer.shop'], [asking, 'keep: { answer: { shop: shop } }']],
  ['a name of ours', ['parameters[0].name'], ['parameters: [{ name: clientId, description: Id }]']],
  [
    'an example that does not fit',
    ['parameters[0].example'],
    ['parameters: [{ name: shop, description: Shop, pattern: "[a-z]+", example: "1" }]'],
  ],
  ['a GET with a form', ['token.body'], ['token: { method: GET }']],
  [
    'a me with two bodies',
    ['me.json'],
    ['me: { url: "https://acme.example/me", method: POST, form: { a: b }, json: { a: b }, map: {} }'],
  ],
  [
    'a me that shows no token',
    ['me.authentication'],
    ['me: { url: "https://acme.example/me", authentication: none, map: {} }'],
  ],
  ['a token in two places', ['api.token'], ['api: { base: "https://acme.example", token: { query: t, header: x-t } }']],
  ['a scope nobody may ask for', ['scopeParameters.user_scope'], ['scopeParameters: { user_scope: [write] }']],
  ['half a signed secret', ['signedSecret'], ['clientAuthentication: signed_secret']],
  ['a signed secret of no use', ['signedSecret'], ['signedSecret: { issuer: a, audience: b }']],
])('%s is a fault', (_what, keys, lines) => {
  expect(keysOf(...lines)).toEqual(keys);
});

test('a value that the operator has to give is asked for by name, with an example', () => {
  const registration =
    'registration: { url: "https://acme.example", steps: [Register.], values: [{ name: team, description: Ten characters., example: ABC }] }';
  const lines = [token('https://acme.example/{team}'), registration];
  expect(faultsOf(...lines)).toEqual([
    {
      path: 'acme.yaml: values.team',
      fault: 'is missing',
      mend: 'Give it in your file, as in values: { team: ABC }. Ten characters.',
    },
  ]);
  expect(acme(...lines, 'values: { team: XYZ }').endpoints.token).toBe('https://acme.example/XYZ');
});

test('values of an operator’s file are joined with those of the definition that it extends', () => {
  const checked = loadCatalogue({
    folder: '',
    mode: 'production',
    environment: { LATCHKEY_PROVIDER_MINE_CLIENT_SECRET: 'secret' },
    readFolder: () => ['mine.yaml'],
    readFile: () => 'extends: acme\nvalues: { tenant: ours }',
    readShipped: () =>
      'name: Acme\nclientId: c\nscopes: []\nissuer: "https://{region}.acme.example/{tenant}"\nvalues: { region: eu, tenant: common }',
  });
  expect('value' in checked && checked.value.get('mine').issuer).toBe('https://eu.acme.example/ours');
});
