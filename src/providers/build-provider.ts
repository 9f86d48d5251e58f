/** A definition and Latchkey's registration there, joined into what the rest of the code sees. Pure; called by
 *  load-catalogue.ts and, for its places, by check-templates.ts. */
import { barePolicy } from './bare-policy.js';
import type { Definition } from './definition.js';
import type { Dialect } from './dialect.js';
import { fillFixed } from './fill-provider.js';
import type { Provider, ProviderApi, ProviderClient, RefreshPolicy } from './provider.js';

export function buildProvider(id: string, definition: Definition, client: ProviderClient): Provider {
  return fillFixed(buildTemplate(id, definition, client));
}

/** With every placeholder as it is written. */
export function buildTemplate(id: string, definition: Definition, client: ProviderClient): Provider {
  return {
    id,
    name: definition.name,
    issuer: definition.issuer ?? null,
    endpoints: definition.endpoints,
    network: definition.network,
    apiOrigins: definition.apiOrigins,
    api: buildApi(definition),
    client,
    defaultScopes: [...new Set(definition.scopes)],
    allowedScopes: [...new Set([...definition.scopes, ...definition.optionalScopes])],
    authorizationParameters: definition.authorizationParameters,
    resource: definition.resource ?? null,
    redirectUris: definition.redirectUris,
    parameters: definition.parameters.map((one) => ({
      ...one,
      pattern: one.pattern ?? null,
      example: one.example ?? null,
    })),
    values: { ...definition.values, clientId: client.id },
    placeholders: [],
    hosts: definition.hosts,
    dialect: buildDialect(definition),
    me: definition.me ?? null,
    rotation: definition.rotation,
    lifetimes: definition.lifetimes,
    refreshPolicy: buildRefreshPolicy(definition.refreshPolicy),
    rateLimits: definition.rateLimits.map((one) => ({ ...one, source: one.source ?? null })),
    closing: definition.closes ? { on: definition.closes.on, instead: definition.closes.instead ?? null } : null,
    documentationUrl: definition.documentationUrl ?? null,
  };
}

/** Without a base of its own, the first of its API's origins is one. */
function buildApi({ api, apiOrigins }: Definition): ProviderApi | null {
  const base = api?.base ?? apiOrigins[0];
  if (base === undefined) return null;
  const { header = 'authorization', scheme = 'Bearer', query } = api?.token ?? {};
  return {
    base: base.replace(/\/$/, ''),
    headers: api?.headers ?? {},
    token: query === undefined ? { header, scheme } : { query },
    // Links to further pages repeat the address that was asked for.
    echoesToken: api?.echoesToken ?? query !== undefined,
    allow: api?.allow ?? null,
  };
}

function buildDialect(definition: Definition): Dialect {
  const { scopeSeparator, scopeNames, scopeParameters, pkce, redirectUriAs, callback, keep } = definition;
  const { authorize, token, exchange = null, refresh, revoke, answers, tokens } = definition;
  const requests = { authorize, redirectUriAs, callback, token, exchange, refresh, revoke };
  return { scopeSeparator, scopeNames, scopeParameters, pkce, ...requests, answers, tokens, keep };
}

const MODES = { scheduled: 'SCHEDULED', lazy: 'LAZY', whenActive: 'WHEN_ACTIVE', never: 'NEVER' } as const;

function buildRefreshPolicy(policy: Definition['refreshPolicy']): RefreshPolicy {
  if (!policy) return barePolicy('LAZY', 'Nothing is said about this provider, so it is asked when a token is used.');
  return {
    mode: MODES[policy.mode],
    leadSeconds: policy.leadSeconds ?? null,
    jitterSeconds: policy.jitterSeconds ?? null,
    idleAfterSeconds: policy.idleAfterSeconds ?? null,
    keepAliveSeconds: policy.keepAliveSeconds ?? null,
    notBeforeSeconds: policy.notBeforeSeconds ?? null,
    minimumAgeSeconds: policy.minimumAgeSeconds ?? null,
    notAfterSeconds: policy.notAfterSeconds ?? null,
    sameTokenMeansTooEarly: policy.sameTokenMeansTooEarly ?? false,
    budgetPerSecond: policy.budgetPerSecond ?? null,
    reason: policy.reason ?? null,
    source: policy.source ?? null,
  };
}
