/** Reads the project's own source as text, for the tests in test/rules. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative, sep } from 'node:path';

export interface SourceFile {
  /** Path from the project's top, with forward slashes: src/vault/seal.ts. */
  readonly path: string;
  readonly lines: readonly string[];
}

export interface Import {
  readonly from: string;
  readonly line: number;
  /** A package name (node:crypto, typeorm, @apollo/server), or the path of a project file. */
  readonly target: string;
  readonly isPackage: boolean;
}

export const projectRoot = normalize(join(import.meta.dirname, '..', '..'));

export function readSources(folder: string): SourceFile[] {
  return readdirSync(join(projectRoot, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => join(folder, name).split(sep).join('/'))
    .toSorted()
    .map((path) => ({ path, lines: readFileSync(join(projectRoot, path), 'utf8').split('\n') }));
}

/** Static imports, re-exports and dynamic imports of a literal; type imports count like any other. */
export function importsOf(file: SourceFile): Import[] {
  return file.lines.flatMap((text, index) => {
    const found = /(?:\bfrom\s+|\bimport\s+|\bimport\()['"]([^'"]+)['"]/.exec(text);
    if (!found?.[1] || /^\s*(\*|\/\/)/.test(text)) return [];
    return [{ from: file.path, line: index + 1, ...resolveTarget(file.path, found[1]) }];
  });
}

function resolveTarget(from: string, specifier: string): { target: string; isPackage: boolean } {
  if (!specifier.startsWith('.')) return { target: packageName(specifier), isPackage: true };
  const path = relative(projectRoot, join(projectRoot, dirname(from), specifier));
  return { target: path.split(sep).join('/').replace(/\.js$/, '.ts'), isPackage: false };
}

function packageName(specifier: string): string {
  if (specifier.startsWith('node:')) return specifier;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
