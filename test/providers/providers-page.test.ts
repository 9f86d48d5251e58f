import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { definitionSchema } from '../../src/providers/definition.js';
import { loadCatalogue } from '../../src/providers/load-catalogue.js';

const page = readFileSync(new URL('../../docs/providers.md', import.meta.url), 'utf8');

test('every example of docs/providers.md is a provider as it stands', () => {
  const examples = [...page.matchAll(/```yaml\n# providers\/(\S+)\n(.*?)```/gs)];
  const files = new Map(examples.map(([, name = '', text = '']) => [name, text]));
  const checked = loadCatalogue({
    folder: '/providers',
    mode: 'production',
    environment: {
      LATCHKEY_PROVIDER_ACME_CLIENT_SECRET: 'secret',
      LATCHKEY_PROVIDER_ACME_CRM_CLIENT_SECRET: 'secret',
      LATCHKEY_PROVIDER_HUBSPOT_CLIENT_SECRET: 'secret',
    },
    readFolder: () => [...files.keys()],
    readFile: (path) => files.get(path.replace('/providers/', '')) ?? '',
  });
  expect(checked).not.toHaveProperty('faults');
  expect('value' in checked && checked.value.list().map((one) => one.id)).toEqual(['acme', 'acme-crm', 'hubspot']);
});

test('docs/providers.md has a row for each key that a file may hold, in its order, and for no other', () => {
  const table = page.slice(page.indexOf('\n## Keys'), page.indexOf('\n### '));
  const rows = [...table.matchAll(/^\| `([a-z][A-Za-z]*)`/gm)].map(([, name]) => name);
  expect(rows).toEqual(Object.keys(definitionSchema.shape));
});
