/** Finds names of settings that do not exist: a misspelt one would otherwise be ignored without a word, and its default
 *  would hold. Called by readSettings. */
import type { ConfigFault } from './fault.js';
import { settingNames, settings } from './settings.js';

/** Names that others read: credentials at providers (providers/), and what the project's own tests set. */
const othersNames = /^LATCHKEY_(PROVIDER_[A-Z0-9]+(_[A-Z0-9]+)+|TEST_[A-Z_]+)$/;

/** HOST and PORT belong to everybody, so only names that begin with LATCHKEY_ are looked at. */
export function findUnknownNames(environment: Readonly<Record<string, string | undefined>>): ConfigFault[] {
  return Object.keys(environment)
    .filter((name) => name.startsWith('LATCHKEY_') && !knownNames.has(name) && !othersNames.test(name))
    .toSorted()
    .map((name) => ({ path: name, fault: 'is not a setting of Latchkey', mend: suggest(name) }));
}

const knownNames: ReadonlySet<string> = new Set(
  settingNames.flatMap((name) => ('isAlsoFile' in settings[name] ? [name, `${name}_FILE`] : [name])),
);

function suggest(name: string): string {
  const [nearest] = [...knownNames]
    .map((known) => ({ known, distance: editDistance(name, known) }))
    .toSorted((a, b) => a.distance - b.distance);
  const isNear = nearest !== undefined && nearest.distance <= Math.max(2, (name.length - 'LATCHKEY_'.length) / 3);
  return isNear ? `Did you mean ${nearest.known}? Rename it.` : 'Remove it; docs/settings.md lists all settings.';
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
