/** The rehearsed provider's authorization page, on which the visitor has made up their mind (RFC 6749 §4.1.1, RFC 7636 §4.3).
 *  A browser that opens it comes back at once. Called by scripted-server.ts. */
import { checkParameters, is, isPresent, type Expected, type Judge } from './check-parameters.js';
import { isSameAddress, type Endpoint, type Scene } from './endpoint.js';
import type { ProviderAnswer } from './provider-request.js';

export function createAuthorizeEndpoint(scene: Scene): Endpoint {
  const { provider, grants, addresses, registration, visitor } = scene;
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
      const back = new URL(standard.get('redirect_uri') ?? '');
      back.searchParams.set('state', standard.get('state') ?? '');
      if (provider.issuer !== null) back.searchParams.set('iss', provider.issuer);
      const { person, consents } = visitor();
      if (!consents) back.searchParams.set('error', 'access_denied');
      else {
        const code = grants.addCode({
          person,
          scopes: splitScopes(standard.get('scope')),
          redirectUri: standard.get('redirect_uri') ?? '',
          codeChallenge: standard.get('code_challenge') ?? null,
          nonce: standard.get('nonce') ?? null,
        });
        back.searchParams.set('code', code);
      }
      return redirect(back);
    },
  };

  function splitScopes(scope: string | undefined): string[] {
    return (scope ?? '').split(dialect.scopeSeparator).filter((one) => one !== '');
  }

  function expected({ provider: { defaultScopes, resource, authorizationParameters, issuer } }: Scene): Expected {
    const isSignedIn = defaultScopes.includes('openid') && issuer !== null;
    const fixed = Object.entries(authorizationParameters).map(([name, value]) => [name, is(value)] as const);
    return {
      ...Object.fromEntries(fixed),
      response_type: is('code'),
      client_id: is(registration.clientId),
      redirect_uri: isPresent,
      state: isPresent,
      ...(defaultScopes.length === 0 ? {} : { scope: is(defaultScopes.join(dialect.scopeSeparator)) }),
      ...(dialect.pkce === 'off' ? {} : { code_challenge: isChallenge, code_challenge_method: is('S256') }),
      ...(isSignedIn ? { nonce: isPresent } : {}),
      ...(resource === null ? {} : { resource: is(resource) }),
    };
  }
}

/** RFC 7636 §4.2: of 256 bits. */
const isChallenge: Judge = (value) => (/^[\w-]{43}$/.test(value) ? null : 'is no challenge of the method S256');

function redirect(to: URL): ProviderAnswer {
  return { status: 302, headers: { location: to.href } };
}
