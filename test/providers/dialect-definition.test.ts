import { expect, test } from 'vitest';
import { loadCatalogue } from '../../src/providers/load-catalogue.js';
import type { Provider } from '../../src/providers/provider.js';

const ACME = `
name: Acme
endpoints: { authorize: "https://acme.example/authorize", token: "https://acme.example/token" }
clientId: latchkey
scopes: [read]
me: { url: "https://acme.example/me", map: { externalId: id } }
`;

function load(text: string) {
  return loadCatalogue({
    folder: '/providers',
    mode: 'production',
    environment: { LATCHKEY_PROVIDER_ACME_CLIENT_SECRET: 'secret' },
    readFolder: () => ['acme.yaml'],
    readFile: () => text,
  });
}

function faultsOf(text: string): string[] {
  const checked = load(text);
  return 'faults' in checked ? checked.faults.map(({ path }) => path.replace('/providers/acme.yaml: ', '')) : [];
}

function acme(text: string): Provider {
  const checked = load(text);
  if ('faults' in checked) throw new Error(JSON.stringify(checked.faults));
  return checked.value.get('acme');
}

/** ACME with one key written otherwise, or left out. */
const written = (key: string, value: string | null) => {
  const others = ACME.split('\n').filter((line) => !line.startsWith(`${key}:`));
  return [...others, ...(value === null ? [] : [`${key}: ${value}`])].join('\n');
};

test('without an issuer, authorize, token and a way to ask who it is are enough', () => {
  expect(acme(ACME)).toMatchObject({
    issuer: null,
    endpoints: { authorize: 'https://acme.example/authorize', token: 'https://acme.example/token' },
    dialect: { pkce: 'on', scopeSeparator: ' ', answers: { format: 'json', error: ['error'] }, revoke: { of: 'pair' } },
    me: { method: 'GET', authentication: 'bearer' },
    rotation: { rotates: 'unknown', replay: 'revokes' },
    lifetimes: { accessTokenSeconds: null },
    closing: null,
  });
});

test.each([
  ['endpoints', null, ['issuer']],
  ['endpoints', '{ token: "https://acme.example/token" }', ['endpoints.authorize']],
  ['endpoints', '{ authorize: "https://acme.example/authorize" }', ['endpoints.token']],
  [
    'endpoints',
    '{ authorize: "http://acme.example/a", token: "https://acme.example/{secret}" }',
    ['endpoints.authorize', 'endpoints.token'],
  ],
  ['me', null, ['me']],
  ['me', '{ map: {} }', ['me']],
  ['me', '{ url: "https://acme.example/me", endpoint: introspect, map: {} }', ['me', 'endpoints.introspect']],
  ['me', '{ endpoint: introspect, map: {} }', ['endpoints.introspect']],
  ['me', '{ url: "https://acme.example/me", form: { token: "{accessToken}" }, map: {} }', ['me.form']],
  ['me', '{ url: "https://acme.example/{accessToken}", map: {} }', ['me.url']],
  ['me', '{ url: "https://acme.example/me", map: { name: "a[" } }', ['me.map.name']],
  ['me', '{ url: "https://acme.example/me", map: { name: "shout(a)" } }', ['me.map.name']],
  ['me', '{ url: "https://acme.example/me", map: { nmae: a } }', ['me.map.nmae']],
  [
    'revoke',
    '{ signature: { scheme: hmacSha256WithNonce, nonce: { signed: [a], at: b }, signed: [a] } }',
    ['endpoints.nonce'],
  ],
  [
    'revoke',
    '{ signature: { scheme: rot13, nonce: { signed: [a], at: b }, signed: [a] } }',
    ['revoke.signature.scheme'],
  ],
  ['answers', '{ errors: [{ means: deadGrant }] }', ['answers.errors[0]']],
  ['answers', '{ errors: [{ codes: [1], means: dead }] }', ['answers.errors[0].means']],
  ['answers', '{ errors: [{ text: "(", means: deadGrant }] }', ['answers.errors[0].text']],
  ['answers', '{ errors: [{ http: 503, means: deadGrant }] }', ['answers.errors[0].http']],
  ['token', '{ add: { "a b": c } }', ['token.add.a b']],
  ['pkce', 'plain', ['pkce']],
  ['rotation', '{ replay: grace }', ['rotation.graceSeconds']],
  ['rotation', '{ replay: stable, graceSeconds: 60 }', ['rotation.graceSeconds']],
  ['closes', '{ on: soon, source: "https://acme.example" }', ['closes.on']],
  ['facts', '[{ what: a, source: "no page", checked: 2026-11-24, confirmed: true }]', ['facts[0].source']],
])('%s: %s is a fault', (key, value, paths) => {
  expect(faultsOf(written(key, value))).toEqual(paths);
});

test('a client id of digits alone is told to stand in quotes', () => {
  const checked = load(written('clientId', '4711'));
  expect('faults' in checked && checked.faults).toMatchObject([{ mend: 'Give a text; digits alone go into quotes.' }]);
  expect(acme(written('clientId', '"4711"')).client.id).toBe('4711');
});

test('the token answer may say who it is in the place of a request', () => {
  expect(acme(`${written('me', null)}\ntokens: { subject: user.id }`)).toMatchObject({
    me: null,
    dialect: { tokens: { subject: 'user.id', scope: null } },
  });
});

test('an issuer stands beside endpoints that stand over its document', () => {
  const both = `${ACME}issuer: https://acme.example\n`;
  expect(acme(both)).toMatchObject({
    issuer: 'https://acme.example',
    endpoints: { token: 'https://acme.example/token' },
  });
});
