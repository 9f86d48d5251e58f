/** Where a provider may have placeholders, {name}: every place once, so that what fills them and what checks them see the
 *  same. Pure; called by fill-provider.ts and check-templates.ts. */
import type { ExchangeRequest, MeRequest } from './dialect.js';
import type { Provider, ProviderApi, ProviderClient } from './provider.js';
import type { JsonTemplate } from './request-schema.js';

/** How far a connection has come: each stage knows the values of those before it. `start`: what the definition and the user
 *  give. `callback`, `answer` (of the token endpoint), `me`: what each of them brought. */
export const STAGES = ['start', 'callback', 'answer', 'me'] as const;
export type Stage = (typeof STAGES)[number];

/** What stands for a secret, and is filled where the request is written. */
export type SecretName = 'accessToken' | 'clientSecret' | 'state';

export interface Place {
  /** The key in the definition. */
  readonly path: string;
  readonly kind: 'address' | 'text' | 'header';
  /** When it is used first: only values known by then can fill it. */
  readonly stage: Stage;
  readonly secrets: readonly SecretName[];
}

/** The text for a place, or null to leave the place out. */
export type WritePlace = (template: string, place: Place) => string | null;

/** The provider with each of its places written anew. */
export function mapTemplates(provider: Provider, writePlace: WritePlace): Provider {
  const write = (template: string, path: string, kind: Place['kind'], stage: Stage): string | null =>
    writePlace(template, { path, kind, stage, secrets: [] });
  const texts = (all: Texts, path: string, stage: Stage, secrets: readonly SecretName[] = []): Record<string, string> =>
    mapTexts(all, (template, name) => writePlace(template, { path: `${path}.${name}`, kind: 'text', stage, secrets }));
  const { issuer, endpoints, apiOrigins, api, authorizationParameters, dialect, me, client } = provider;
  const { redirectUriAs, token, exchange, refresh, revoke } = dialect;
  return {
    ...provider,
    issuer: issuer === null ? null : write(issuer, 'issuer', 'address', 'start'),
    endpoints: mapTexts({ ...endpoints }, (template, name) =>
      write(template, `endpoints.${name}`, 'address', ENDPOINT_STAGES[name as keyof typeof ENDPOINT_STAGES]),
    ),
    apiOrigins: apiOrigins.flatMap((one, index) => write(one, `apiOrigins[${index}]`, 'address', 'me') ?? []),
    api: api && mapApi(api, writePlace),
    authorizationParameters: texts(authorizationParameters, 'authorizationParameters', 'start'),
    dialect: {
      ...dialect,
      redirectUriAs: redirectUriAs === null ? null : write(redirectUriAs, 'redirectUriAs', 'text', 'start'),
      token: { ...token, add: texts(token.add, 'token.add', 'callback', ['state']) },
      exchange: exchange && mapExchange(exchange, writePlace),
      refresh: { ...refresh, add: texts(refresh.add, 'refresh.add', 'me') },
      revoke: { ...revoke, add: texts(revoke.add, 'revoke.add', 'me') },
    },
    me: me && mapMe(me, writePlace),
    client: mapClient(client, writePlace),
  };
}

type Texts = Readonly<Record<string, string | undefined>>;

const ENDPOINT_STAGES = {
  authorize: 'start',
  token: 'callback',
  jwks: 'callback',
  userinfo: 'answer',
  introspect: 'answer',
  refresh: 'me',
  revoke: 'me',
  nonce: 'me',
} as const satisfies Record<string, Stage>;

function mapTexts(all: Texts, write: (template: string, name: string) => string | null): Record<string, string> {
  const written = Object.entries(all).flatMap(([name, template]) => {
    const text = template === undefined ? null : write(template, name);
    return text === null ? [] : [[name, text] as const];
  });
  return Object.fromEntries(written);
}

function mapApi(api: ProviderApi, write: WritePlace): ProviderApi | null {
  const place = { stage: 'me', secrets: [] } as const;
  const base = write(api.base, { ...place, path: 'api.base', kind: 'address' });
  const headers = mapTexts(api.headers, (template, name) =>
    write(template, { ...place, path: `api.headers.${name}`, kind: 'header' }),
  );
  return base === null ? null : { ...api, base, headers };
}

function mapExchange(exchange: ExchangeRequest, write: WritePlace): ExchangeRequest | null {
  const url = write(exchange.url, { path: 'exchange.url', kind: 'address', stage: 'answer', secrets: [] });
  const parameters = mapTexts(exchange.parameters, (template, name) =>
    write(template, {
      path: `exchange.parameters.${name}`,
      kind: 'text',
      stage: 'answer',
      secrets: ['accessToken', 'clientSecret'],
    }),
  );
  return url === null ? null : { ...exchange, url, parameters };
}

function mapMe(me: MeRequest, write: WritePlace): MeRequest | null {
  const url = me.url === null ? null : write(me.url, { path: 'me.url', kind: 'address', stage: 'answer', secrets: [] });
  if (me.url !== null && url === null) return null;
  const part = (key: string, kind: Place['kind']) => (template: string, name: string) =>
    write(template, { path: `me.${key}.${name}`, kind, stage: 'answer', secrets: ['accessToken'] });
  return {
    ...me,
    url,
    headers: mapTexts(me.headers, part('headers', 'header')),
    query: mapTexts(me.query, part('query', 'text')),
    form: mapTexts(me.form, part('form', 'text')),
    json: me.json && mapJson(me.json, part('json', 'text')),
  };
}

function mapJson(json: JsonTemplate, write: (template: string, name: string) => string | null): JsonTemplate {
  const written = Object.entries(json).map(([name, value]) => {
    const nested = (template: string, inner: string): string | null => write(template, `${name}.${inner}`);
    return [name, typeof value === 'string' ? (write(value, name) ?? '') : mapJson(value, nested)] as const;
  });
  return Object.fromEntries(written);
}

function mapClient(client: ProviderClient, writePlace: WritePlace): ProviderClient {
  const write = (template: string, path: string): string =>
    writePlace(template, { path, kind: 'text', stage: 'start', secrets: [] }) ?? template;
  if (!('keyId' in client)) return client;
  const keyId = client.keyId && write(client.keyId, 'clientKey.id');
  if (client.authentication !== 'signed_secret') return { ...client, keyId };
  const issuer = write(client.issuer, 'signedSecret.issuer');
  return { ...client, keyId, issuer, audience: write(client.audience, 'signedSecret.audience') };
}
