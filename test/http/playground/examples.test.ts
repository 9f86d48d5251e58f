import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema, parse, validate } from 'graphql';
import { expect, test } from 'vitest';
import { trials } from '../../../src/demo/banner.js';
import { projectRoot } from '../../support/source-tree.js';

const schema = buildSchema(readFileSync(join(projectRoot, 'schema', 'schema.graphql'), 'utf8'));
const browserScripts = join(projectRoot, 'src', 'http', 'playground', 'browser');

interface Examples {
  readonly exampleTabs: readonly { readonly query: string }[];
}

test('every example of the playground is valid in the schema, and has a name for its tab', async () => {
  const { exampleTabs } = (await import(join(browserScripts, 'examples.js'))) as Examples;
  expect(exampleTabs.length).toBeGreaterThan(5);
  for (const { query } of exampleTabs) {
    expect([query, validate(schema, parse(query))]).toEqual([query, []]);
    expect(query).toMatch(/^(query|mutation) [A-Z]\w+/m);
  }
});

test('what the bar of the playground asks is valid in the schema', () => {
  const names = ['connections.js', 'return-from-provider.js'];
  const text = names.map((name) => readFileSync(join(browserScripts, name), 'utf8')).join('\n');
  const operations = [...text.matchAll(/`((?:query|mutation) [^`]+)`/g)];
  expect(operations).toHaveLength(3);
  for (const [, operation = ''] of operations) {
    expect([operation, validate(schema, parse(operation))]).toEqual([operation, []]);
  }
});

test('every operation that npm start prints is valid in the schema', () => {
  const facts = { url: 'http://127.0.0.1:4000', demoProvider: { id: 'demo', url: 'http://127.0.0.1:4001' } };
  for (const { operation } of trials(facts)) {
    expect([operation, validate(schema, parse(operation))]).toEqual([operation, []]);
  }
});
