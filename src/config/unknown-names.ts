/** Finds names of settings that do not exist: a misspelt one would otherwise be ignored without a word, and its default
 *  would hold. Called by readSettings, and by load-catalogue for those of providers. */
import type { ConfigFault } from './fault.js';
import { settingNames, settings } from './settings.js';

/** Names that others read: credentials at providers (load-catalogue), and what the project's own tests set. */
const othersNames = /^LATCHKEY_(PROVIDER_|TEST_[A-Z_]+$)/;

/** HOST and PORT belong to everybody, so only names that begin with LATCHKEY_ are looked at. */
export function findUnknownNames(environment: Readonly<Record<string, string | undefined>>): ConfigFault[] {
  return Object.keys(environment)
    .filter((name) => name.startsWith('LATCHKEY_') && !knownNames.has(name) && !othersNames.test(name))
    .toSorted()
    .map((name) => {
      const mostChanges = Math.max(2, (name.length - 'LATCHKEY_'.length) / 3);
      const mend = suggestName(name, { known: knownNames, mostChanges }) ?? seeSettings;
      return { path: name, fault: 'is not a setting of Latchkey', mend };
    });
}

const knownNames: ReadonlySet<string> = new Set(
  settingNames.flatMap((name) => ('isAlsoFile' in settings[name] ? [name, `${name}_FILE`] : [name])),
);

const seeSettings = 'Remove it; docs/settings.md lists all settings.';

/** What to do about a name that is nearly one of those that are known; null where it is near none. */
export function suggestName(
  name: string,
  { known, mostChanges }: { readonly known: Iterable<string>; readonly mostChanges: number },
): string | null {
  const [nearest] = [...known]
    .map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
    .toSorted((a, b) => a.distance - b.distance);
  if (nearest === undefined || nearest.distance > mostChanges) return null;
  return `Did you mean ${nearest.candidate}? Rename it.`;
}

/** Levenshtein: how many letters must be put in, left out or replaced. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let line = 1; line <= from.length; line++) {
    const next = [line];
    for (let column = 1; column <= to.length; column++) {
      const replaced = (row[column - 1] ?? 0) + (from[line - 1] === to[column - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
