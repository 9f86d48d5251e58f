import { expect, test } from 'vitest';
import { assertParameters } from '../../src/connect/provider-parameters.js';
import { testProvider } from '../support/oidc-provider.js';

const provider = testProvider('http://127.0.0.1:1', {
  parameters: [
    { name: 'subdomain', description: 'Of the customer.', pattern: '[a-z]+', required: true, example: null },
    { name: 'region', description: 'Where it runs.', pattern: null, required: false, example: null },
  ],
});
const subdomain = { name: 'subdomain', value: 'acme' };

test('what the provider needs, and what it knows besides, is let through', () => {
  assertParameters(provider, [subdomain]);
  assertParameters(provider, [{ name: 'region', value: 'eu' }, subdomain]);
});

test.each([
  ['nothing where something is needed', [], 'needs the parameter "subdomain"'],
  ['a name that it does not have', [subdomain, { name: 'host', value: 'x' }], 'It has: subdomain, region.'],
  ['a value twice', [subdomain, subdomain], 'given 2 times'],
  ['a value that only begins like one', [{ name: 'subdomain', value: 'acme.evil/' }], '([a-z]+)'],
  ['a value with a line more', [{ name: 'subdomain', value: 'acme\n' }], '([a-z]+)'],
])('%s is refused in words', (_, given, words) => {
  expect(() => assertParameters(provider, given)).toThrow(words);
});
