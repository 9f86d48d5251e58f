/** What of a discovery document is checked before any of it is used: each endpoint is an absolute URL on https (http on
 *  loopback alone), without credentials or fragment. Called by discovery.ts. */
import type { AuthorizationServer } from 'oauth4webapi';
import { fail } from '../errors.js';
import type { Provider } from '../providers/provider.js';

const ENDPOINTS = [
  'authorization_endpoint',
  'token_endpoint',
  'jwks_uri',
  'userinfo_endpoint',
  'revocation_endpoint',
  'pushed_authorization_request_endpoint',
] as const;
const REQUIRED: ReadonlySet<string> = new Set(['authorization_endpoint', 'token_endpoint']);

export function assertServerMetadata(metadata: AuthorizationServer, provider: Provider): void {
  for (const name of ENDPOINTS) {
    const value: unknown = metadata[name];
    if (value === undefined && !REQUIRED.has(name)) continue;
    if (typeof value === 'string' && isEndpoint(value, provider)) continue;
    const why = `The discovery document of the provider "${provider.id}" has no usable ${name}.`;
    fail('PROVIDER_MISCONFIGURED', { provider: provider.id, why });
  }
}

function isEndpoint(value: string, provider: Provider): boolean {
  if (!URL.canParse(value) || value.includes('#')) return false;
  const url = new URL(value);
  const isSchemeAllowed = url.protocol === 'https:' || (url.protocol === 'http:' && provider.network === 'loopback');
  return isSchemeAllowed && url.username === '' && url.password === '';
}
