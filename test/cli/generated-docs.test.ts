import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { renderErrorsPage } from '../../src/cli/render-errors-page.js';
import { renderProviderPage } from '../../src/cli/render-provider-page.js';
import { renderProvidersIndex } from '../../src/cli/render-providers-index.js';
import { renderSettingsPage } from '../../src/cli/render-settings-page.js';
import { escapeMarkdown, readShippedDefinitions } from '../../src/cli/shipped-definition.js';
import { settingNames, settings } from '../../src/config/settings.js';
import { faultTable } from '../../src/errors.js';
import { definitionSchema } from '../../src/providers/definition.js';
import { shippedIds } from '../../src/providers/shipped-definitions.js';
import { configOf, faultsOf } from '../support/test-config.js';
import { projectRoot } from '../support/source-tree.js';

const page = (name: string): string => readFileSync(join(projectRoot, 'docs', name), 'utf8');

test('docs/settings.md is what the table of settings renders to', () => {
  expect(page('settings.md')).toBe(renderSettingsPage());
});

test('docs/errors.md is what the table of faults renders to', () => {
  expect(page('errors.md')).toBe(renderErrorsPage());
});

test('each page of docs/providers is what its definition renders to, and there are no others', () => {
  const definitions = readShippedDefinitions();
  for (const one of definitions) expect(page(join('providers', `${one.id}.md`))).toBe(renderProviderPage(one));
  expect(page(join('providers', 'README.md'))).toBe(renderProvidersIndex(definitions));
  expect(readdirSync(join(projectRoot, 'docs', 'providers')).toSorted()).toEqual(
    ['README.md', ...shippedIds().map((id) => `${id}.md`)].toSorted(),
  );
});

test('the list of providers has a line for each, with its page', () => {
  const links = [...page(join('providers', 'README.md')).matchAll(/^- \[`([a-z0-9-]+)`\]\(\1\.md\)/gm)].map(
    ([, id]) => id,
  );
  expect(links).toEqual(shippedIds());
});

test('a page names the values that an operator has to give, and those that are kept with an account', () => {
  const definition = definitionSchema.parse(
    parse(`
name: Shop
values: { region: eu, domain: example.shop.example }
parameters: [{ name: region, description: Where it is., pattern: '[a-z]+', required: false, example: us }]
keep: { callback: { merchantId: merchant_id }, answer: { base: base_url } }
scopes: [read, '*']
rateLimits: [{ per: app, requests: 120, seconds: 60, source: 'https://shop.example/limits' }]
registration:
  url: https://shop.example
  steps: [Register.]
  values: [{ name: domain, description: Your domain., example: example.shop.example }]
`),
  );
  const text = renderProviderPage({ id: 'shop', definition });
  expect(text).toContain("scopes: [read, '*']\nvalues: { domain: example.shop.example }\n");
  expect(text).toContain('- `domain`: Your domain.');
  expect(text).toContain('- `region` (may be left out, `eu` by default, such as `us`): Where it is.');
  expect(text).toContain('- `merchantId`, from the callback\n- `base`, from the token answer');
  expect(text).toContain('- 120 requests in 60 seconds for the whole app ([source](https://shop.example/limits))');
});

test('a text of a definition stands on its page as it was written', () => {
  expect(escapeMarkdown('https://<shop>.example/*')).toBe(String.raw`https://\<shop>.example/\*`);
  expect(escapeMarkdown('plain, with user_id')).toBe('plain, with user_id');
});

test('every setting and every code has a heading of its own', () => {
  for (const name of settingNames) expect(renderSettingsPage()).toMatch(new RegExp(`^### \`${name}\``, 'm'));
  for (const code of Object.keys(faultTable)) expect(renderErrorsPage()).toContain(`### \`${code}\``);
});

test('every example is accepted as it stands', () => {
  const keys = new Set([
    'LATCHKEY_JWT_JWKS_URL',
    'LATCHKEY_JWT_DISCOVERY',
    'LATCHKEY_JWT_PUBLIC_KEY',
    'LATCHKEY_JWT_SECRET',
  ]);
  const examples = settingNames
    .filter((name) => !keys.has(name) && !('isAlsoFile' in settings[name]))
    .map((name) => [name, settings[name].example]);
  // What is read from a file has a path for an example; the webhook's URL does not stand without its key.
  const withKey = { ...Object.fromEntries(examples), LATCHKEY_WEBHOOK_SECRET: `whsec_${'A'.repeat(43)}=` };
  expect(faultsOf(withKey as Record<string, string>)).toEqual([]);
  const { LATCHKEY_JWT_JWKS_URL: jwksUrl } = settings;
  const published = { LATCHKEY_JWT_DISCOVERY: undefined, LATCHKEY_JWT_JWKS_URL: jwksUrl.example };
  expect(configOf(published).callers.key).toEqual({ kind: 'jwksUrl', url: jwksUrl.example });
});
