/** The rehearsed provider's authorization page, on which the visitor has made up their mind (RFC 6749 §4.1.1, RFC 7636 §4.3).
 *  A browser that opens it comes back at once. Called by scripted-server.ts. */
import type { Provider } from '../providers/provider.js';
import { checkParameters, is, isPresent, type Expected, type Judge } from './check-parameters.js';
import { isSameAddress, type Endpoint, type Scene } from './endpoint.js';
import { valueOf } from './made-values.js';
import type { ProviderAnswer } from './provider-request.js';

export function createAuthorizeEndpoint(scene: Scene): Endpoint {
  const { provider, grants, addresses, registration, values, visitor } = scene;
  const { dialect } = provider;
  return {
    call: 'authorize',
    isAt: (url) => isSameAddress(addresses.authorize, url),
    async check({ method, url }) {
      const own = new URL(addresses.authorize ?? '').searchParams;
      const given = new URLSearchParams([...url.searchParams].filter(([name, value]) => own.get(name) !== value));
      const changes = { add: {}, ...dialect.authorize };
      const checked = await checkParameters(given, { changes, expected: expected(scene) });
      return { ...checked, faults: [...(method === 'GET' ? [] : ['it is not asked for by GET']), ...checked.faults] };
    },
    async answer(_request, { standard }) {
      const back = new URL(registration.redirectUri);
      back.searchParams.set(dialect.callback.state, standard.get('state') ?? '');
      if (provider.issuer !== null) back.searchParams.set('iss', provider.issuer);
      const { person, consents } = visitor();
      if (!consents) back.searchParams.set('error', 'access_denied');
      else {
        const code = grants.addCode({
          person,
          scopes: provider.defaultScopes,
          redirectUri: standard.get('redirect_uri') ?? '',
          codeChallenge: standard.get('code_challenge') ?? null,
          nonce: standard.get('nonce') ?? null,
        });
        back.searchParams.set(dialect.callback.code, code);
        for (const [name, parameter] of Object.entries(dialect.keep.callback)) {
          back.searchParams.set(parameter, valueOf(values, name, person));
        }
      }
      return redirect(back);
    },
  };

  function expected({ provider: { defaultScopes, resource, authorizationParameters, issuer } }: Scene): Expected {
    const isSignedIn = defaultScopes.includes('openid') && issuer !== null;
    const fixed = Object.entries(authorizationParameters).map(([name, value]) => [name, is(value)] as const);
    return {
      ...Object.fromEntries(fixed),
      response_type: is('code'),
      client_id: is(registration.clientId),
      redirect_uri: is(dialect.redirectUriAs ?? registration.redirectUri),
      ...(dialect.callback.responseMode === 'form_post' ? { response_mode: is('form_post') } : {}),
      state: isPresent,
      ...scopesOf(provider),
      ...(dialect.pkce === 'off' ? {} : { code_challenge: isChallenge, code_challenge_method: is('S256') }),
      ...(isSignedIn ? { nonce: isPresent } : {}),
      ...(resource === null ? {} : { resource: is(resource) }),
    };
  }
}

/** Each in the parameter that the definition has for it. */
function scopesOf({ defaultScopes, dialect: { scopeParameters, scopeSeparator } }: Provider): Expected {
  const elsewhere = Object.entries(scopeParameters).map(([name, of]) => {
    return [name, defaultScopes.filter((scope) => of === 'all' || of.includes(scope))] as const;
  });
  const moved = new Set(elsewhere.flatMap(([, scopes]) => scopes));
  const all = [['scope', defaultScopes.filter((scope) => !moved.has(scope))] as const, ...elsewhere];
  const asked = all.filter(([, scopes]) => scopes.length > 0);
  return Object.fromEntries(asked.map(([name, scopes]) => [name, is(scopes.join(scopeSeparator))]));
}

/** RFC 7636 §4.2: of 256 bits. */
const isChallenge: Judge = (value) => (/^[\w-]{43}$/.test(value) ? null : 'is no challenge of the method S256');

function redirect(to: URL): ProviderAnswer {
  return { status: 302, headers: { location: to.href } };
}
