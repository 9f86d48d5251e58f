/** Builds the request that asks a provider whose an access token is: to the userinfo endpoint (OpenID Connect Core §5.3),
 *  or as the provider's definition says. Called by fetch-profile.ts. The token goes into the Authorization header (RFC
 *  6750 §2.1), or to where the definition puts {accessToken}: into an address only where that says so. */
import { fail } from '../errors.js';
import type { Discovery } from '../oauth/discovery.js';
import type { OutboundRequest } from '../outbound/outbound.js';
import type { MeRequest } from '../providers/dialect.js';
import type { Provider } from '../providers/provider.js';
import type { JsonTemplate } from '../providers/request-schema.js';
import type { Secret } from '../secret.js';

type BuiltRequest = Pick<OutboundRequest, 'url' | 'method' | 'headers' | 'allowedOrigins'> & { readonly body?: string };

export interface MeRequestParts {
  readonly provider: Provider;
  readonly accessToken: Secret;
  readonly discovery: Discovery;
}

/** Throws PROVIDER_MISCONFIGURED where there is no address to ask, or what discovery throws. */
export async function buildMeRequest({ provider, accessToken, discovery }: MeRequestParts): Promise<BuiltRequest> {
  const { me } = provider;
  const url = await addressOf(provider, discovery);
  const request = { url, allowedOrigins: [new URL(url).origin] };
  const bearer = { authorization: `Bearer ${accessToken.expose()}` };
  if (me === null) return { ...request, method: 'GET', headers: { accept: 'application/json', ...bearer } };

  const client = credentialsOf(me, provider, bearer);
  const headers = { accept: 'application/json', ...withToken(me.headers, accessToken), ...client.headers };
  const asked = { ...request, url: addQuery(url, withToken(me.query, accessToken)) };
  if (me.method === 'GET') return { ...asked, method: 'GET', headers };
  if (me.json !== null) {
    const body = JSON.stringify(jsonWithToken(me.json, accessToken));
    return { ...asked, method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body };
  }
  return {
    ...asked,
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ ...withToken(me.form, accessToken), ...client.form }).toString(),
  };
}

async function addressOf(provider: Provider, discovery: Discovery): Promise<string> {
  const { me, endpoints } = provider;
  const stated = me?.url ?? (me?.endpoint ? endpoints[me.endpoint] : null);
  const url = stated ?? (await discovery.metadata(provider)).userinfo_endpoint;
  if (url !== undefined) return url;
  const why = `The provider "${provider.id}" offers no userinfo endpoint, so it cannot say who an account belongs to.`;
  return fail('PROVIDER_MISCONFIGURED', { provider: provider.id, why });
}

function addQuery(address: string, query: Readonly<Record<string, string>>): string {
  if (Object.keys(query).length === 0) return address;
  const url = new URL(address);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url.href;
}

function withToken(texts: Readonly<Record<string, string>>, accessToken: Secret): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, fillToken(text, accessToken)] as const));
}

function jsonWithToken(json: JsonTemplate, accessToken: Secret): JsonTemplate {
  const filled = Object.entries(json).map(([name, value]) => {
    return [
      name,
      typeof value === 'string' ? fillToken(value, accessToken) : jsonWithToken(value, accessToken),
    ] as const;
  });
  return Object.fromEntries(filled);
}

function fillToken(text: string, accessToken: Secret): string {
  return text.replaceAll('{accessToken}', () => accessToken.expose());
}

interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly form: Readonly<Record<string, string>>;
}

function credentialsOf({ authentication }: MeRequest, provider: Provider, bearer: Credentials['headers']): Credentials {
  if (authentication === 'client') return clientCredentials(provider);
  return { headers: authentication === 'bearer' ? bearer : {}, form: {} };
}

/** RFC 6749 §2.3.1. */
function clientCredentials({ id, client }: Provider): Credentials {
  switch (client.authentication) {
    case 'client_secret_post':
      return { headers: {}, form: { client_id: client.id, client_secret: client.secret.expose() } };
    case 'client_secret_basic': {
      const pair = [client.id, client.secret.expose()].map(formEncode).join(':');
      return { headers: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` }, form: {} };
    }
    case 'none':
      return { headers: {}, form: { client_id: client.id } };
    case 'private_key_jwt':
    case 'signed_secret': {
      const why = `The provider "${id}" wants a client secret to say whose a token is, and the client has a key instead.`;
      return fail('PROVIDER_MISCONFIGURED', { provider: id, why });
    }
    default:
      return client satisfies never;
  }
}

function formEncode(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}
