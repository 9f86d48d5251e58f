/** The style sheet, script and mark of the pages of the flow, by name. Rows for the table of routes, taken by app.ts.
 *  Three names and no others: no path is built from a request. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Route } from '../route.js';

export function flowAssetRoutes(): Route[] {
  const folder = join(projectFolder(), 'src/http/assets');
  return Object.entries(types).map(([name, type]) => serve(name, type, readFileSync(join(folder, name))));
}

const types = {
  'flow.css': 'text/css; charset=utf-8',
  'loader.js': 'text/javascript; charset=utf-8',
  'mark.svg': 'image/svg+xml',
} as const;

function serve(name: string, type: string, bytes: Buffer): Route {
  const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
  return {
    method: 'GET',
    path: `/assets/${name}`,
    who: 'anyone',
    bodyLimitBytes: 0,
    async handle(request, reply) {
      // Asked again each time and answered with 304: an upgrade shows at once.
      void reply.header('cache-control', 'no-cache').header('etag', etag).type(type);
      return request.headers['if-none-match'] === etag ? reply.code(304).send() : reply.send(bytes);
    },
  };
}

/** The compiler copies no style sheets, so they are read where they were written, also when this runs from dist. */
function projectFolder(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json')) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}
