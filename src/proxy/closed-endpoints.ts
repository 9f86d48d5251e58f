/** The endpoints of a provider that speak of grants and clients, which no caller may ask through us: whoever could revoke
 *  or introspect there with the user's token would act in our place. Called before anything is sent. */
import type { Discovery } from '../oauth/discovery.js';
import { fail } from '../errors.js';
import type { Provider } from '../providers/provider.js';

export interface ClosedEndpoints {
  /** `readings`: what the whole path may mean, base included. Throws FORBIDDEN, and what discovery throws. */
  assertOpen(provider: Provider, origin: string, readings: readonly string[]): Promise<void>;
}

type Metadata = Awaited<ReturnType<Discovery['metadata']>>;

interface Closed {
  readonly metadata: Metadata;
  readonly places: readonly Place[];
}

interface Place {
  readonly origin: string;
  readonly path: string;
}

export function createClosedEndpoints({ discovery }: { readonly discovery: Discovery }): ClosedEndpoints {
  const known = new WeakMap<Provider, Closed>();
  return {
    async assertOpen(provider, origin, readings) {
      const places = closedAt(provider, await discovery.metadata(provider));
      const paths = readings.map(plain);
      const isClosed = places.some((place) => place.origin === origin && paths.some((path) => isAt(place, path)));
      if (!isClosed) return;
      const why = `The endpoints at which the provider "${provider.id}" gives out and revokes tokens are Latchkey's alone to call.`;
      fail('FORBIDDEN', { provider: provider.id, why });
    },
  };

  function closedAt(provider: Provider, metadata: Metadata): readonly Place[] {
    const found = known.get(provider);
    if (found?.metadata === metadata) return found.places;
    const places = endpointsOf(provider, metadata).map((endpoint) => {
      const { origin, pathname } = new URL(endpoint);
      return { origin, path: plain(decodeURIComponent(pathname)) };
    });
    known.set(provider, { metadata, places });
    return places;
  }
}

function endpointsOf({ endpoints }: Provider, metadata: Metadata): string[] {
  const { authorize, token, refresh, revoke, introspect, nonce } = endpoints;
  const stated = [authorize, token, refresh, revoke, introspect, nonce];
  return [...stated, ...NAMES.map((name) => metadata[name]), ...NAMES.map((name) => aliasOf(metadata, name))].filter(
    (endpoint): endpoint is string => typeof endpoint === 'string' && URL.canParse(endpoint),
  );
}

/** RFC 8414 §2, RFC 9126 §5, RFC 8628 §4, CIBA §4. */
const NAMES = [
  'authorization_endpoint',
  'token_endpoint',
  'revocation_endpoint',
  'introspection_endpoint',
  'registration_endpoint',
  'pushed_authorization_request_endpoint',
  'device_authorization_endpoint',
  'backchannel_authentication_endpoint',
] as const;

/** RFC 8705 §5. */
function aliasOf({ mtls_endpoint_aliases: aliases }: Metadata, name: (typeof NAMES)[number]): unknown {
  return new Map<string, unknown>(Object.entries(aliases ?? {})).get(name);
}

/** As the most forgiving server reads it. */
function plain(path: string): string {
  const bare = path
    .replaceAll(/;[^/]*/g, '')
    .replaceAll(/\/{2,}/g, '/')
    .toLowerCase();
  return bare.endsWith('/') ? bare.slice(0, -1) : bare;
}

function isAt({ path: closed }: Place, path: string): boolean {
  return path === closed || (closed !== '' && path.startsWith(`${closed}/`));
}
