/** Headers that every answer carries, whatever it is: a page, JSON, a fault, even bytes that answer no request. Called by
 *  server.ts and broken-request.ts. One policy for all: what is not from this origin is not loaded, not framed, and not told
 *  where the visitor came from. A page that needs another policy sets the header itself. */
import type { FastifyInstance, FastifyReply } from 'fastify';

/** Sources from this origin only, nothing inline; `data:` for the small pictures of style sheets. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const always = {
  'content-security-policy': contentSecurityPolicy,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cache-control': 'no-store',
} as const;

/** A year, as browsers ask before they remember it for good (RFC 6797 §6.1). */
const onHttps = { 'strict-transport-security': 'max-age=31536000; includeSubDomains' } as const;

export function securityHeaders({ isHttps }: { readonly isHttps: boolean }): Readonly<Record<string, string>> {
  return isHttps ? { ...always, ...onHttps } : always;
}

/** To be called before any hook that may refuse a request. */
export function addSecurityHeaders(app: FastifyInstance, headers: Readonly<Record<string, string>>): void {
  app.addHook('onRequest', async (_request, reply) => setSecurityHeaders(reply, headers));
}

/** For an answer that no hook has seen. */
export function setSecurityHeaders(reply: FastifyReply, headers: Readonly<Record<string, string>>): void {
  void reply.headers(headers);
}
