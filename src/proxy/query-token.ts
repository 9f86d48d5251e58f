/** The token in an address, for the providers that take it nowhere else (RFC 6750 §2.3, which advises against it). Called by
 *  call-api.ts before a token is taken up, and by exchange.ts for each request that is sent. */
import { fail } from '../errors.js';
import type { ProviderApi } from '../providers/provider.js';
import type { Secret } from '../secret.js';

/** Throws BAD_USER_INPUT where the caller's query has the token's parameter: of two the provider might take theirs. */
export function assertNoQueryToken({ token }: ProviderApi, query: string): void {
  if (!('query' in token)) return;
  const wanted = token.query.toLowerCase();
  const isThere = [...new URLSearchParams(query).keys()].some((name) => name.trim().toLowerCase() === wanted);
  if (!isThere) return;
  const why = `The path is refused: Latchkey adds the parameter "${token.query}" to its query itself.`;
  fail('BAD_USER_INPUT', { field: 'path', why });
}

/** What the caller wrote stays byte for byte. */
export function addQueryToken(url: string, { token }: ProviderApi, accessToken: Secret): string {
  if (!('query' in token)) return url;
  const parameter = new URLSearchParams([[token.query, accessToken.expose()]]).toString();
  return `${url}${url.includes('?') ? '&' : '?'}${parameter}`;
}
