/** Fetches the issuer's key set: from its configured address, or from the one that its discovery document names.
 *  Called by published-keys.ts. OpenID Connect Discovery 1.0 §4, RFC 7517 §5. */
import type { JSONWebKeySet } from 'jose';
import { z } from 'zod';
import type { CallerKey } from '../config/config.js';
import { isLoopbackHost } from '../config/loopback.js';
import type { Outbound, OutboundRequest } from '../outbound/outbound.js';

const timeoutMs = 5_000;
const maxBytes = 256 * 1024;

const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });
const discoveryDocument = z.object({ issuer: z.string(), jwks_uri: z.url() });

export interface KeySetFetchParts {
  readonly issuer: string;
  readonly key: Extract<CallerKey, { kind: 'jwksUrl' | 'discovery' }>;
  readonly outbound: Outbound;
}

export function createKeySetFetch({ issuer, key, outbound }: KeySetFetchParts): () => Promise<JSONWebKeySet> {
  // The network follows what the operator wrote, so that a discovery document cannot send us to this machine itself.
  const network = isLoopbackHost(new URL(key.kind === 'jwksUrl' ? key.url : issuer).hostname) ? 'loopback' : 'public';

  return async () => {
    const url = key.kind === 'jwksUrl' ? key.url : await discoverKeySetUrl();
    return keySet.parse(await getJson(url));
  };

  async function discoverKeySetUrl(): Promise<string> {
    const document = discoveryDocument.parse(
      await getJson(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`),
    );
    // OpenID Connect Discovery 1.0 §4.3: the document of another issuer says nothing about this one.
    if (document.issuer !== issuer) throw new Error(`the discovery document names another issuer than ${issuer}`);
    return document.jwks_uri;
  }

  async function getJson(url: string): Promise<unknown> {
    const { origin } = new URL(url);
    const request: OutboundRequest = {
      url,
      method: 'GET',
      headers: { accept: 'application/json, application/jwk-set+json' },
      allowedOrigins: [origin],
      network,
      timeoutMs,
      maxBytes,
    };
    const { status, body } = await outbound.send(request);
    if (status !== 200) throw new Error(`${origin} answered ${status}`);
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  }
}
