/** The files of the playground, by name: the prebuilt GraphiQL and React from their packages, and our own in browser/.
 *  Called by the playground's routes. A name that is not in the list is no file; no path is built from a request. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export interface PlaygroundFile {
  readonly type: string;
  readonly etag: string;
  readonly bytes: Buffer;
}

const require = createRequire(import.meta.url);

const packageFiles: Readonly<Record<string, () => string>> = {
  'react.js': () => join(dirname(require.resolve('react/package.json')), 'umd/react.production.min.js'),
  'react-dom.js': () => join(dirname(require.resolve('react-dom/package.json')), 'umd/react-dom.production.min.js'),
  'graphiql.js': () => join(dirname(require.resolve('graphiql/package.json')), 'graphiql.min.js'),
  'graphiql.css': () => join(dirname(require.resolve('graphiql/package.json')), 'graphiql.min.css'),
};

const ownFiles = new Set([
  'boot.js',
  'callers.js',
  'connections.js',
  'examples.js',
  'graphql-call.js',
  'return-from-provider.js',
  'playground.css',
  'mark.svg',
]);

/** Null for a name that is not in the list. Read anew each time: a change to a file shows without a restart. */
export async function findPlaygroundFile(name: string): Promise<PlaygroundFile | null> {
  const path = locate(name);
  if (path === null) return null;
  const bytes = await readFile(path);
  const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
  return { type: typeOf(path), etag: `"${hash}"`, bytes };
}

function locate(name: string): string | null {
  const inPackage = Object.hasOwn(packageFiles, name) ? packageFiles[name] : undefined;
  if (inPackage) return inPackage();
  return ownFiles.has(name) ? join(projectFolder(), 'src/http/playground/browser', name) : null;
}

/** The compiler copies no scripts and style sheets, so they are read where they were written, also when this runs from
 *  dist. */
function projectFolder(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json')) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}

function typeOf(path: string): string {
  if (path.endsWith('.css')) return 'text/css; charset=utf-8';
  return path.endsWith('.svg') ? 'image/svg+xml' : 'text/javascript; charset=utf-8';
}
