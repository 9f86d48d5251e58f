/** Sets the cookie that marks the browser in which an authorization was started (connect/browser-cookie.ts names it).
 *  Called for the answer of startAuthorization. No script reads it and no other site's form carries it; on https it is
 *  Secure, as its `__Host-` name demands (RFC 6265bis §4.1.3). */
import type { FastifyReply } from 'fastify';
import type { BrowserCookie } from '../connect/start.js';

export function setBrowserCookie(
  reply: FastifyReply,
  { name, value, maxAgeSeconds }: BrowserCookie,
  { isHttps }: { readonly isHttps: boolean },
): void {
  void reply.setCookie(name, value, {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: isHttps,
    maxAge: maxAgeSeconds,
  });
}
