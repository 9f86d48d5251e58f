/** Sets the cookie that marks the browser in which an authorization was started (connect/browser-cookie.ts names it), and
 *  takes it back. Called for the answers of startAuthorization and of our callback page. No script reads it and no other site's form carries it; on https it is
 *  Secure, as its `__Host-` name demands (RFC 6265bis §4.1.3). */
import type { FastifyReply } from 'fastify';
import type { BrowserCookie } from '../connect/start.js';

export function setBrowserCookie(
  reply: FastifyReply,
  { name, value, maxAgeSeconds }: BrowserCookie,
  { isHttps }: { readonly isHttps: boolean },
): void {
  void reply.setCookie(name, value, { ...attributes, secure: isHttps, maxAge: maxAgeSeconds });
}

/** With the attributes that it was set with: else browsers keep it. */
export function clearBrowserCookie(reply: FastifyReply, name: string): void {
  void reply.setCookie(name, '', { ...attributes, secure: name.startsWith('__Host-'), maxAge: 0 });
}

const attributes = { path: '/', httpOnly: true, sameSite: 'lax' } as const;
