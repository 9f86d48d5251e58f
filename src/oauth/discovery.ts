/** Where a provider's endpoints are: from its definition, and from its own discovery document (OpenID Discovery §4, RFC 8414
 *  §3) where the definition does not say all. Called before every call of this room and by profile/. A document that names another issuer or an address of the wrong network is
 *  never used: whoever controls it would be sent codes and tokens. */
import { discoveryRequest, processDiscoveryResponse, type AuthorizationServer } from 'oauth4webapi';
import type { Clock } from '../clock.js';
import { fail, Fault } from '../errors.js';
import type { Outbound } from '../outbound/outbound.js';
import type { Provider } from '../providers/provider.js';
import { requestOptions } from './provider-fetch.js';
import { assertServerMetadata } from './server-metadata.js';
import { statedEndpoints, statedMetadata } from './stated-metadata.js';

export const DISCOVERY_TIMEOUT_MS = 5_000;
const MAX_BYTES = 256 * 1024;
/** Documents that are kept; each is some kilobytes. */
const MOST_KNOWN = 1_000;
/** How long a document is used without asking again. */
const FRESH_MS = 60 * 60 * 1000;
/** How long one is used still while the provider's document cannot be had: tokens must not wait for a static file. */
const USABLE_MS = 24 * 60 * 60 * 1000;
/** How often a document that could not be had is asked for meanwhile. */
const ASK_AGAIN_MS = 30 * 1000;

export interface Discovery {
  /** The checked document, kept for an hour, under what the definition says. Throws PROVIDER_UNAVAILABLE or PROVIDER_MISCONFIGURED. */
  metadata(provider: Provider): Promise<AuthorizationServer>;
}

interface Known {
  readonly metadata: AuthorizationServer;
  readonly readAt: number;
  /** When it was last asked for in vain, since it could be had; null before that. */
  missedAt: number | null;
}

export function createDiscovery({ outbound, clock }: { outbound: Outbound; clock: Clock }): Discovery {
  // By issuer. A network of its own: what loopback allowed, public may not.
  const known = new Map<string, Known>();
  const stated = new WeakMap<Provider, AuthorizationServer>();
  const underWay = new Map<string, Promise<AuthorizationServer>>();

  async function refresh(provider: Provider): Promise<AuthorizationServer> {
    const readAt = clock.monotonic();
    const metadata = await read(provider, outbound);
    known.set(keyOf(provider), { metadata, readAt, missedAt: null });
    // A provider may have an issuer an account; the one that was read first is read again.
    const [oldest] = known.keys();
    if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest);
    return metadata;
  }

  function refreshOnce(provider: Provider): Promise<AuthorizationServer> {
    const running = underWay.get(keyOf(provider));
    if (running) return running;
    const started = refresh(provider).finally(() => underWay.delete(keyOf(provider)));
    underWay.set(keyOf(provider), started);
    return started;
  }

  return {
    async metadata(provider) {
      // Every call of this room comes by here: no template ever leads to a request.
      if (provider.placeholders.length > 0) failTemplate(provider);
      return findStated(provider) ?? discovered(provider);
    },
  };

  /** The same object each time: the library keeps a provider's keys by it. */
  function findStated(provider: Provider): AuthorizationServer | null {
    const found = stated.get(provider) ?? statedMetadata(provider);
    if (found) stated.set(provider, found);
    return found;
  }

  async function discovered(provider: Provider): Promise<AuthorizationServer> {
    const entry = known.get(keyOf(provider));
    const ageMs = entry ? clock.monotonic() - entry.readAt : Infinity;
    if (entry && ageMs < FRESH_MS) return entry.metadata;
    if (!entry || ageMs >= USABLE_MS) return refreshOnce(provider);
    if (entry.missedAt !== null) return askAgainBehind(provider, entry, entry.missedAt);
    try {
      return await refreshOnce(provider);
    } catch (error) {
      if (!isOutage(error)) throw error;
      entry.missedAt = clock.monotonic();
      return entry.metadata;
    }
  }

  /** One caller has waited for the provider in vain already; the others need not. */
  function askAgainBehind(provider: Provider, entry: Known, missedAt: number): AuthorizationServer {
    if (clock.monotonic() - missedAt < ASK_AGAIN_MS) return entry.metadata;
    entry.missedAt = clock.monotonic();
    void refreshOnce(provider).catch((error: unknown) => {
      // What is worse than an outage is told to the next caller, who asks in the foreground.
      if (!isOutage(error)) entry.missedAt = null;
    });
    return entry.metadata;
  }
}

function failTemplate({ id, placeholders }: Provider): never {
  const why = `The provider "${id}" cannot be asked without an account: its addresses need values.`;
  return fail('PROVIDER_MISCONFIGURED', { provider: id, why }, { detail: placeholders.join(', ') });
}

function keyOf(provider: Provider): string {
  return JSON.stringify([provider.network, provider.issuer, statedEndpoints(provider)]);
}

async function read(provider: Provider, outbound: Outbound): Promise<AuthorizationServer> {
  // Present: a definition without one states its endpoints.
  const endpoint = provider.issuer ?? '';
  const issuer = new URL(endpoint);
  const call = { outbound, provider, endpoint, timeoutMs: DISCOVERY_TIMEOUT_MS, maxBytes: MAX_BYTES };
  const discovered = await discoveryRequest(issuer, requestOptions(call))
    .then((response) => processDiscoveryResponse(issuer, response))
    .catch((cause: unknown) => {
      if (isOtherIssuer(cause)) return failOtherIssuer(provider);
      return fail('PROVIDER_UNAVAILABLE', { provider: provider.id }, { detail: 'no discovery document', cause });
    });
  // RFC 8414 §3.3: byte for byte; the library compares parsed URLs.
  if (discovered.issuer !== provider.issuer) failOtherIssuer(provider);
  const metadata = { ...discovered, ...statedEndpoints(provider) };
  assertServerMetadata(metadata, provider);
  return metadata;
}

function isOutage(error: unknown): boolean {
  return error instanceof Fault && error.code === 'PROVIDER_UNAVAILABLE';
}

function isOtherIssuer(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED';
}

function failOtherIssuer(provider: Provider): never {
  const why = `The discovery document of the provider "${provider.id}" names another issuer than the one configured.`;
  return fail('PROVIDER_MISCONFIGURED', { provider: provider.id, why });
}
