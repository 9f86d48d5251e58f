import { expect, test } from 'vitest';
import { readProviderParameters } from '../../src/connect/provider-parameters.js';
import { testProvider } from '../support/oidc-provider.js';

const provider = testProvider('http://127.0.0.1:1', {
  parameters: [
    { name: 'subdomain', description: 'Of the customer.', pattern: '[a-z]+', required: true, example: null },
    { name: 'region', description: 'Where it runs.', pattern: null, required: false, example: null },
  ],
});
const subdomain = { name: 'subdomain', value: 'acme' };

test('what the provider needs, and what it knows besides, is let through', () => {
  expect(readProviderParameters(provider, [subdomain])).toEqual({ subdomain: 'acme' });
  expect(readProviderParameters(provider, [{ name: 'region', value: 'eu' }, subdomain])).toEqual({
    subdomain: 'acme',
    region: 'eu',
  });
});

test('a default stands where nothing is given, and no other value of the definition comes along', () => {
  const withDefault = { ...provider, values: { subdomain: 'www', clientId: 'id' } };
  expect(readProviderParameters(withDefault, [])).toEqual({ subdomain: 'www' });
  expect(readProviderParameters(withDefault, [subdomain])).toEqual({ subdomain: 'acme' });
});

test.each([
  ['nothing where something is needed', [], 'needs the parameter "subdomain"'],
  ['a name that it does not have', [subdomain, { name: 'host', value: 'x' }], 'It has: subdomain, region.'],
  ['a value twice', [subdomain, subdomain], 'given 2 times'],
  ['a value that only begins like one', [{ name: 'subdomain', value: 'acme.evil/' }], '([a-z]+)'],
  ['a value with a line more', [{ name: 'subdomain', value: 'acme\n' }], '([a-z]+)'],
])('%s is refused in words', (_, given, words) => {
  expect(() => readProviderParameters(provider, given)).toThrow(words);
});
