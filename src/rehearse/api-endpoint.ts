/** The rehearsed provider's API: any path below its base, for who shows a living token where the definition puts it. Called by
 *  scripted-server.ts. */
import type { ProviderApi } from '../providers/provider.js';
import { json } from './dialect-answers.js';
import type { Endpoint, Scene } from './endpoint.js';
import type { ProviderRequest } from './provider-request.js';

export function createApiEndpoint({ provider: { api }, grants }: Scene): Endpoint {
  return {
    call: 'api',
    isAt: (url) => api !== null && `${url.origin}${url.pathname}`.startsWith(`${api.base}/`),
    check: async (request) => ({ standard: new Map(), faults: api === null ? [] : faultsOf(request, api) }),
    answer: async (request) => {
      const isKnown = api !== null && grants.use(tokenOf(request, api)) !== null;
      return isKnown ? json(200, { rehearsed: true }) : json(401, { error: 'invalid_token' });
    },
  };
}

function faultsOf({ headers, url }: ProviderRequest, { token, headers: fixed }: ProviderApi): string[] {
  const wrong = Object.entries(fixed).filter(([name, value]) => headers[name] !== value);
  return [
    ...wrong.map(([name]) => `the header ${name} is not as api.headers has it`),
    ...faultsOfToken({ headers, url }, token),
    ...(isElsewhere(token) && headers.authorization !== undefined ? ['the header Authorization is sent'] : []),
  ];
}

type TokenPlace = ProviderApi['token'];

function isElsewhere(token: TokenPlace): boolean {
  return 'query' in token || token.header !== 'authorization';
}

function faultsOfToken({ headers, url }: Pick<ProviderRequest, 'headers' | 'url'>, token: TokenPlace): string[] {
  if ('query' in token) return url.searchParams.get(token.query) ? [] : [`the query has no ${token.query}`];
  const shown = String(headers[token.header] ?? '');
  const isShown = token.scheme === null ? /^\S+$/.test(shown) : shown.startsWith(`${token.scheme} `);
  return isShown ? [] : [`the header ${token.header} has no token`];
}

function tokenOf({ headers, url }: ProviderRequest, { token }: ProviderApi): string {
  if ('query' in token) return url.searchParams.get(token.query) ?? '';
  const shown = String(headers[token.header] ?? '');
  return token.scheme === null ? shown : shown.slice(token.scheme.length + 1);
}
