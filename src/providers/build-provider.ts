/** A definition and Latchkey's registration there, joined into what the rest of the code sees. Pure; called by
 *  load-catalogue.ts. */
import { barePolicy } from './bare-policy.js';
import type { Definition } from './definition.js';
import type { Dialect } from './dialect.js';
import type { Provider, ProviderApi, ProviderClient, ProviderEndpoints, RefreshPolicy } from './provider.js';

export function buildProvider(id: string, definition: Definition, client: ProviderClient): Provider {
  return {
    id,
    name: definition.name,
    issuer: definition.issuer ?? null,
    endpoints: fillClientId(definition.endpoints, client),
    network: definition.network,
    apiOrigins: definition.apiOrigins,
    api: buildApi(definition, client),
    client,
    defaultScopes: [...new Set(definition.scopes)],
    allowedScopes: [...new Set([...definition.scopes, ...definition.optionalScopes])],
    authorizationParameters: definition.authorizationParameters,
    resource: definition.resource ?? null,
    redirectUris: definition.redirectUris,
    parameters: definition.parameters.map((one) => ({ ...one, pattern: one.pattern ?? null })),
    dialect: buildDialect(definition),
    me: definition.me ?? null,
    rotation: definition.rotation,
    lifetimes: definition.lifetimes,
    refreshPolicy: buildRefreshPolicy(definition.refreshPolicy),
    closing: definition.closes ? { on: definition.closes.on, instead: definition.closes.instead ?? null } : null,
    documentationUrl: definition.documentationUrl ?? null,
  };
}

/** {clientId} in the address of an endpoint; the one placeholder that a deployment can fill. */
function fillClientId(endpoints: Definition['endpoints'], { id }: ProviderClient): ProviderEndpoints {
  const filled = Object.entries(endpoints).map(([name, url]) => [
    name,
    url?.replaceAll('{clientId}', encodeURIComponent(id)),
  ]);
  return Object.fromEntries(filled) as ProviderEndpoints; // the same names
}

/** Without a base of its own, the first of its API's origins is one. */
function buildApi({ api, apiOrigins }: Definition, client: ProviderClient): ProviderApi | null {
  const base = api?.base ?? apiOrigins[0];
  if (base === undefined) return null;
  const headers = Object.entries(api?.headers ?? {}).map(([name, value]) => [
    name,
    value.replaceAll('{clientId}', () => client.id),
  ]);
  return {
    base: base.replace(/\/$/, ''),
    headers: Object.fromEntries(headers) as Record<string, string>, // names and texts
    token: api?.token ?? { header: 'authorization', scheme: 'Bearer' },
    echoesToken: api?.echoesToken ?? false,
    allow: api?.allow ?? null,
  };
}

function buildDialect(definition: Definition): Dialect {
  const { scopeSeparator, scopeNames, pkce, authorize, token, refresh, revoke, answers, tokens } = definition;
  return { scopeSeparator, scopeNames, pkce, authorize, token, refresh, revoke, answers, tokens };
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
