/** The cookie that marks the browser in which an authorization was started: set by the answer of startAuthorization, read
 *  by our callback page. No script reads it and no other site's form carries it. On https its name begins with `__Host-`,
 *  so that no other host and no plain http can set it (RFC 6265bis §4.1.3); what was set otherwise is not seen. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { BrowserCookie } from '../connect/start.js';

const hostPrefix = '__Host-';

export function setBrowserCookie(
  reply: FastifyReply,
  { name, value, maxAgeSeconds }: BrowserCookie,
  { isHttps }: { readonly isHttps: boolean },
): void {
  void reply.setCookie(isHttps ? `${hostPrefix}${name}` : name, value, {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: isHttps,
    maxAge: maxAgeSeconds,
  });
}

/** The request's cookies by the names that setBrowserCookie was given. */
export function readBrowserCookies(
  request: FastifyRequest,
  { isHttps }: { readonly isHttps: boolean },
): Readonly<Record<string, string | undefined>> {
  if (!isHttps) return request.cookies;
  return Object.fromEntries(
    Object.entries(request.cookies)
      .filter(([name]) => name.startsWith(hostPrefix))
      .map(([name, value]) => [name.slice(hostPrefix.length), value]),
  );
}
