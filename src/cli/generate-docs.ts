/** Writes docs/settings.md from the table of settings, docs/errors.md from the table of faults, and docs/providers/*.md and
 *  their list from the definitions. Run by `npm run docs`; with --check it writes nothing and fails where a page differs, which `npm run check` calls. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderErrorsPage } from './render-errors-page.js';
import { renderProviderPage } from './render-provider-page.js';
import { renderProvidersIndex } from './render-providers-index.js';
import { renderSettingsPage } from './render-settings-page.js';
import { readShippedDefinitions } from './shipped-definition.js';

const definitions = readShippedDefinitions();

const pages: ReadonlyMap<string, string> = new Map([
  [join('docs', 'settings.md'), renderSettingsPage()],
  [join('docs', 'errors.md'), renderErrorsPage()],
  [join('docs', 'providers', 'README.md'), renderProvidersIndex(definitions)],
  ...definitions.map((one) => [join('docs', 'providers', `${one.id}.md`), renderProviderPage(one)] as const),
]);

const isCheck = process.argv.includes('--check');
const stale = [...pages].filter(([file, page]) => read(file) !== page);
for (const [file, page] of isCheck ? [] : stale) writeFileSync(file, page);
for (const [file] of stale) console.log(isCheck ? `${file} differs: run "npm run docs".` : `wrote ${file}`);
if (isCheck && stale.length > 0) process.exitCode = 1;

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
