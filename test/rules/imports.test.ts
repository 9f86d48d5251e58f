import { expect, test } from 'vitest';
import { importsOf, readSources, type Import } from '../support/source-tree.js';
import { rankOf, roomOf, walls } from './rooms.js';

const sources = readSources('src');
const imports = sources.flatMap(importsOf);
const at = (found: Import): string => `${found.from}:${found.line} imports ${found.target}`;

test('every file of src stands in a room that has a rank', () => {
  const strays = sources.map((file) => file.path).filter((path) => rankOf(roomOf(path) ?? '') === undefined);
  expect(strays).toEqual([]);
});

test('a file imports only rooms of a lower rank, or its own', () => {
  const climbs = imports.filter((found) => {
    const target = found.isPackage ? null : roomOf(found.target);
    const room = roomOf(found.from);
    if (!target || !room || target === room) return false;
    return (rankOf(target) ?? Infinity) >= (rankOf(room) ?? -1);
  });
  expect(climbs.map(at)).toEqual([]);
});

test('a package is imported only in the rooms that its wall names', () => {
  const breaches = imports.filter(
    (found) =>
      found.isPackage && walls.some((wall) => wall.packages.test(found.target) && !wall.allowed.test(found.from)),
  );
  expect(breaches.map(at)).toEqual([]);
});

test('ciphers and key derivation of node:crypto are used only in vault', () => {
  const ciphers = /\b(createCipheriv|createDecipheriv|hkdf|hkdfSync|scrypt|scryptSync|pbkdf2|pbkdf2Sync|createHmac)\b/;
  const breaches = sources
    .filter((file) => roomOf(file.path) !== 'vault')
    .flatMap((file) => file.lines.flatMap((text, index) => (ciphers.test(text) ? [`${file.path}:${index + 1}`] : [])));
  expect(breaches).toEqual([]);
});

test('no file imports itself through others', () => {
  const edges = new Map<string, string[]>();
  for (const found of imports.filter((one) => !one.isPackage)) {
    edges.set(found.from, [...(edges.get(found.from) ?? []), found.target]);
  }
  expect(cyclesIn(edges)).toEqual([]);
});

test('the search for cycles finds one where there is one', () => {
  const edges = new Map([
    ['a', ['b']],
    ['b', ['c']],
    ['c', ['a']],
  ]);
  expect(cyclesIn(edges)).toEqual(['a -> b -> c -> a']);
});

/** Depth-first search; each cycle is named by the path that closes it. */
function cyclesIn(edges: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    const start = path.indexOf(file);
    if (start >= 0) {
      cycles.push([...path.slice(start), file].join(' -> '));
      return;
    }
    if (done.has(file)) return;
    for (const next of edges.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of edges.keys()) visit(file, []);
  return cycles;
}
