/** The definitions that come with Latchkey: definitions/<id>.yaml, which a file of the operator's extends. Called by
 *  load-catalogue.ts and by the generator of docs/providers. An id is a slug, so no path is built from anything else. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Null for an id that no definition has. */
export function readShippedDefinition(id: string): string | null {
  return shippedIds().includes(id) ? readFileSync(join(folder(), `${id}.yaml`), 'utf8') : null;
}

/** In the order of the alphabet. */
export function shippedIds(): string[] {
  const files = readdirSync(folder()).filter((name) => name.endsWith('.yaml'));
  return files.map((name) => name.replace(/\.yaml$/, '')).toSorted();
}

/** The compiler copies no YAML, so it is read where it was written, also when this runs from dist. */
function folder(): string {
  let project = import.meta.dirname;
  while (!existsSync(join(project, 'package.json')) && project !== dirname(project)) project = dirname(project);
  return join(project, 'src/providers/definitions');
}
