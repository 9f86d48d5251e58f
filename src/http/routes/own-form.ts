/** Reads what a page of our own flow sends back. Called by the routes of the flow.
 *  A POST counts only from such a page: another site's form is refused, though without our cookie it could do no harm. */
import type { FastifyRequest } from 'fastify';
import type { Parameters } from '../../connect/callback-answer.js';
import { fail } from '../../errors.js';

/** Throws FORBIDDEN for a form of another site. */
export function assertOwnForm(request: FastifyRequest): void {
  if (isOwnForm(request)) return;
  fail('FORBIDDEN', {
    why: 'This page was called by another site, so nothing was done. Open the link itself, or start the connection again from your app.',
  });
}

export function isOwnForm(request: FastifyRequest): boolean {
  const site = request.headers['sec-fetch-site'];
  const { origin } = request.headers;
  // Where the browser says where the form stood, that decides (Fetch Metadata). Older ones say Origin, and "null" for our own
  // pages, which send no referrer (Fetch standard, "append a request Origin header").
  return site === undefined ? isOwnOrigin(origin, request.host) : site === 'same-origin' || site === 'none';
}

/** What the query or a form holds, in order; one that stands there twice comes twice. */
export function readParametersOf(source: unknown): Parameters {
  return Object.entries(Object(source) as Record<string, unknown>).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one): [string, string] => [name, String(one)]),
  );
}

function isOwnOrigin(origin: string | undefined, host: string): boolean {
  if (origin === undefined || origin === 'null') return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}
