/** Writes schema/schema.graphql from the resolvers; with --check it only compares and fails when they differ.
 *  `npm run schema`, and `npm run check` for the comparison. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { printGraphqlSchema } from '../graphql/build-schema.js';

const header = '# Written by `npm run schema` from src/graphql. Change it there.\n\n';
const file = join(process.cwd(), 'schema', 'schema.graphql');
const text = header + printGraphqlSchema();

if (!process.argv.includes('--check')) {
  await writeFile(file, text);
} else if ((await readFile(file, 'utf8').catch(() => '')) !== text) {
  console.error('schema/schema.graphql is not what the resolvers say. Run `npm run schema` and commit the result.');
  process.exitCode = 1;
}
