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

export interface PlaygroundFiles {
  /** Null for a name that is not in the list. */
  find(name: string): Promise<PlaygroundFile | null>;
}

const packageFiles: Readonly<Record<string, readonly [name: string, path: string]>> = {
  'react.js': ['react', 'umd/react.production.min.js'],
  'react-dom.js': ['react-dom', 'umd/react-dom.production.min.js'],
  'graphiql.js': ['graphiql', 'graphiql.min.js'],
  'graphiql.css': ['graphiql', 'graphiql.min.css'],
};

const ownFiles = new Set([
  'boot.js',
  'callers.js',
  'connections.js',
  'examples.js',
  'graphql-call.js',
  'waiting-handle.js',
  'playground.css',
  'mark.svg',
]);

export function createPlaygroundFiles(): PlaygroundFiles {
  const found = new Map<string, Promise<PlaygroundFile>>();
  return {
    find: async (name) => {
      const path = locate(name);
      if (path === null) return null;
      const file = found.get(name) ?? load(path);
      found.set(name, file);
      return file;
    },
  };
}

function locate(name: string): string | null {
  const inPackage = Object.hasOwn(packageFiles, name) ? packageFiles[name] : undefined;
  if (inPackage) {
    const manifest = createRequire(import.meta.url).resolve(`${inPackage[0]}/package.json`);
    return join(dirname(manifest), inPackage[1]);
  }
  return ownFiles.has(name) ? join(projectFolder(), 'src/http/playground/browser', name) : null;
}

/** The compiler copies no scripts and style sheets, so they are read where they were written, also when this runs from
 *  dist. */
function projectFolder(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json')) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}

async function load(path: string): Promise<PlaygroundFile> {
  const bytes = await readFile(path);
  const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
  return { type: typeOf(path), etag: `"${hash}"`, bytes };
}

function typeOf(path: string): string {
  if (path.endsWith('.css')) return 'text/css; charset=utf-8';
  return path.endsWith('.svg') ? 'image/svg+xml' : 'text/javascript; charset=utf-8';
}
