/** The playground: GraphiQL served from this origin alone, with a picker for who is asking. Rows for the table of routes,
 *  taken by app.ts; none where the playground is off, so that it answers as a path that does not exist.
 *  Must never: give out a development token in production, or to another machine or another site. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../../config/config.js';
import { HttpFault } from '../http-fault.js';
import type { Route } from '../route.js';
import { readDevelopmentTokens } from './development-tokens.js';
import { findPlaygroundFile } from './playground-files.js';
import { renderPlayground } from './playground-page.js';

export type PlaygroundConfig = Pick<Config, 'mode' | 'dataFolder' | 'playground'> & {
  readonly server: Pick<Config['server'], 'publicUrl'>;
};

export function playgroundRoutes({ config }: { config: PlaygroundConfig }): Route[] {
  if (!config.playground) return [];
  const page: Route = {
    method: 'GET',
    path: '/playground',
    who: 'anyone',
    bodyLimitBytes: 0,
    handle: async (request, reply) => {
      if (isOtherLoopbackName(request, config)) return reply.redirect(`${config.server.publicUrl}/playground`, 303);
      await reply
        .header('content-security-policy', contentSecurityPolicy)
        .type('text/html; charset=utf-8')
        .send(renderPlayground());
      return reply;
    },
  };
  const file: Route = {
    method: 'GET',
    path: '/playground/files/:name',
    who: 'anyone',
    bodyLimitBytes: 0,
    handle: async (request, reply) => {
      const { name } = request.params as { name: string };
      const found = await findPlaygroundFile(name);
      if (!found) throw new HttpFault('NOT_FOUND');
      // Asked again each time and answered with 304: an upgrade shows at once.
      void reply.header('cache-control', 'no-cache').header('etag', found.etag).type(found.type);
      return request.headers['if-none-match'] === found.etag ? reply.code(304).send() : reply.send(found.bytes);
    },
  };
  return config.mode === 'development' ? [page, file, tokensRoute(config)] : [page, file];
}

/** Everything comes from here and nothing is inline; `data:` is for the fonts and pictures inside GraphiQL's style sheet. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

function tokensRoute({ dataFolder }: PlaygroundConfig): Route {
  return {
    method: 'GET',
    path: '/playground/tokens',
    who: 'anyone',
    bodyLimitBytes: 0,
    handle: async (request: FastifyRequest, reply: FastifyReply) => {
      if (!isFromOwnPage(request)) throw new HttpFault('NOT_FOUND');
      const tokens = await readDevelopmentTokens(dataFolder);
      if (!tokens) throw new HttpFault('NOT_FOUND');
      return reply.send(tokens);
    },
  };
}

/** localhost where the public URL says 127.0.0.1, or the other way: the cookie that finishes a connection would be set for
 *  one name and asked for under the other. */
function isOtherLoopbackName(request: FastifyRequest, { mode, server }: PlaygroundConfig): boolean {
  const { host, hostname } = new URL(server.publicUrl);
  const areBothHere = mode === 'development' && isLoopback(request.hostname) && isLoopback(hostname);
  return areBothHere && request.host !== host;
}

/** From this machine, over a loopback name, and not from a page of another site. The connection is asked, not
 *  X-Forwarded-For: behind a proxy everybody would look local. */
function isFromOwnPage(request: FastifyRequest): boolean {
  const site = request.headers['sec-fetch-site'];
  const isSameSite = site === undefined || site === 'same-origin' || site === 'none';
  return isSameSite && isLoopback(request.socket.remoteAddress ?? '') && isLoopback(request.hostname);
}

function isLoopback(name: string): boolean {
  return /^(localhost|\[?::1\]?|(::ffff:)?127\.\d{1,3}\.\d{1,3}\.\d{1,3})$/.test(name);
}
