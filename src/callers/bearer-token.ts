/** Takes the token out of an Authorization header (RFC 6750 §2.1). Called by authenticate.ts. */
import { fail } from '../errors.js';
import { Secret } from '../secret.js';
import { looksLikeServiceToken } from './service-token-text.js';

/** Longer than any JWT in use, and short enough to hash and parse without a thought. */
const maxTokenLength = 16_384;

/** Throws UNAUTHENTICATED where there is no header, another scheme, or what cannot be a compact JWS or a service token. */
export function readBearerToken(header: string | undefined): Secret {
  if (header === undefined || header.trim() === '') fail('UNAUTHENTICATED', { why: 'The request carries no token.' });
  const token = /^Bearer +([^\s]+)\s*$/i.exec(header)?.[1];
  if (token === undefined) fail('UNAUTHENTICATED', { why: 'The Authorization header is not "Bearer" and one token.' });
  if (looksLikeServiceToken(token)) return Secret.of(token);
  // RFC 7515 §3.1: three parts in base64url; RFC 7519 §6.1: the last is empty for a JWT that nobody signed.
  if (token.length > maxTokenLength || !/^[\w-]+\.[\w-]*\.[\w-]*$/.test(token)) {
    fail('UNAUTHENTICATED', { why: 'The bearer token is not a JWT.' });
  }
  return Secret.of(token);
}
