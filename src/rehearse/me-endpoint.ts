/** Where the rehearsed provider says whose an access token is: the userinfo endpoint, or what its definition asks instead.
 *  Called by scripted-server.ts. */
import type { JsonObject } from '../outbound/strict-json.js';
import type { MeRequest } from '../providers/dialect.js';
import type { JsonTemplate } from '../providers/request-schema.js';
import { queryText } from '../providers/query-json.js';
import { checkClient } from './check-client.js';
import { checkParameters, is, type Expected, type Judge } from './check-parameters.js';
import { json } from './dialect-answers.js';
import { isSameAddress, type Endpoint, type Scene } from './endpoint.js';
import { fitJson, holds, sameText, someText, type Wish } from './fit-json.js';
import { keptWishes } from './token-content.js';
import { readParameters, type ProviderAnswer, type ProviderRequest } from './provider-request.js';

export function createMeEndpoint(scene: Scene): Endpoint {
  const { addresses, provider, grants, answers } = scene;
  const { me } = provider;
  return {
    call: 'me',
    isAt: (url) => isSameAddress(addresses.me, url),
    async check(request) {
      const { standard, faults } = await checkBody(scene, request);
      const method = me?.method ?? 'GET';
      const wrongMethod = request.method === method ? [] : [`it is asked for by ${request.method}, not ${method}`];
      const missing = Object.entries(me?.headers ?? {}).filter(
        ([name, text]) => isFilled(text)(String(request.headers[name] ?? '')) !== null,
      );
      const wrongHeaders = missing.map(([name]) => `the header ${name} is not as the definition has it`);
      return { standard, faults: [...wrongMethod, ...wrongHeaders, ...faults] };
    },
    async answer(request) {
      const grant = grants.use(tokenOf(request, me));
      if (!grant) return refuse(request);
      const { person } = grant.consent;
      return me === null
        ? json(200, userinfoOf(person))
        : answers.content(request, [
            ...keptWishes(provider.dialect.keep.me, scene.values, person),
            ...meWishes(me, idOf(scene, person), person),
          ]);
    },
  };

  function refuse(request: ProviderRequest): ProviderAnswer {
    if (!me?.refused) return answers.refusal(request, 'me', 'accessTokenRefused');
    return answers.content(request, [holds(me.refused, true)]);
  }
}

async function checkBody(
  { provider: { me, client }, registration, addresses, clock }: Scene,
  request: ProviderRequest,
) {
  const changes = { add: {}, rename: {}, remove: [] };
  const faults = [...faultsOfQuery(request, me, addresses.me ?? ''), ...faultsOfBearer(request, me)];
  if ((me?.method ?? 'GET') === 'GET') return { standard: new Map<string, string>(), faults };
  if (me?.json) return { standard: new Map<string, string>(), faults: [...faults, ...faultsOfJson(request, me.json)] };

  const ofClient =
    me?.authentication === 'client' ? checkClient(request, { client, registration, clock, audience: '' }) : null;
  const given = readParameters({ ...request, url: new URL(request.url.pathname, request.url) }, 'form');
  const form = Object.entries(me?.form ?? {}).map(([name, text]) => [name, isFilled(text)] as const);
  const expected: Expected = { ...Object.fromEntries(form), ...ofClient?.expected };
  const checked = await checkParameters(given.parameters, { changes, expected, optional: ofClient?.optional ?? {} });
  return {
    standard: checked.standard,
    faults: [...faults, ...given.faults, ...(ofClient?.faults ?? []), ...checked.faults],
  };
}

const TOKEN = '{accessToken}';

/** The text of the definition, with a token where it wants one. */
function isFilled(text: string): Judge {
  return text.includes(TOKEN) ? (value) => (tokenIn(text, value) === null ? 'has no token' : null) : is(text);
}

function faultsOfQuery({ url }: ProviderRequest, me: MeRequest | null, address: string): string[] {
  const wanted = new URL(address).searchParams;
  for (const [name, text] of Object.entries(me?.query ?? {})) wanted.set(name, text);
  const wrong = [...wanted].filter(([name, text]) => isFilled(text)(url.searchParams.get(name) ?? '') !== null);
  const more = [...url.searchParams.keys()].filter((name) => !wanted.has(name));
  return [
    ...wrong.map(([name]) => `${name} in the address is not as me.query has it`),
    ...more.map((name) => `${name} stands in the address and not in the definition`),
  ];
}

function faultsOfBearer({ headers }: ProviderRequest, me: MeRequest | null): string[] {
  const isWanted = (me?.authentication ?? 'bearer') === 'bearer';
  const isShown = /^Bearer \S+$/.test(headers.authorization ?? '');
  return isWanted && !isShown ? ['the header Authorization has no token (Bearer)'] : [];
}

function faultsOfJson({ headers, body }: ProviderRequest, template: JsonTemplate): string[] {
  const type = headers['content-type']?.split(';')[0] ?? 'nothing';
  const wanted = JSON.stringify(template);
  const isSame = wanted.includes(TOKEN) ? tokenIn(wanted, body) !== null : body === wanted;
  return [
    ...(type === 'application/json' ? [] : [`the body is said to be ${type}, not application/json`]),
    ...(isSame ? [] : ['the body is not as me.json has it']),
  ];
}

/** The token that stands in a text at its placeholder; null where the text is another. */
function tokenIn(text: string, written: string): string | null {
  const [before = '', ...after] = text.split(TOKEN);
  const end = after.join(TOKEN);
  const isSame = after.length > 0 && written.startsWith(before) && written.endsWith(end);
  return isSame && written.length > before.length + end.length
    ? written.slice(before.length, written.length - end.length)
    : null;
}

/** From the header, or from where the definition puts it. */
function tokenOf({ headers, url, body }: ProviderRequest, me: MeRequest | null): string {
  const bearer = /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return bearer;
  const form = new URLSearchParams(body);
  const found = [
    ...Object.entries(me?.headers ?? {}).map(([name, text]) => tokenIn(text, String(headers[name] ?? ''))),
    ...Object.entries(me?.query ?? {}).map(([name, text]) => tokenIn(text, url.searchParams.get(name) ?? '')),
    ...Object.entries(me?.form ?? {}).map(([name, text]) => tokenIn(text, form.get(name) ?? '')),
    me?.json ? tokenIn(JSON.stringify(me.json), body) : null,
  ];
  return found.find((token) => token !== null) ?? '';
}

/** The provider's own id of the person, as the token answer or the ID Token has told it; null where neither does. */
function idOf({ provider, values }: Scene, person: string): string | null {
  const {
    dialect: { tokens, keep },
    issuer,
    defaultScopes,
  } = provider;
  if (issuer !== null && defaultScopes.includes('openid')) return person;
  if (tokens.subject === null) return null;
  const wishes = [...keptWishes(keep.answer, values, person), someText(tokens.subject, person)];
  return queryText(tokens.subject, fitJson(wishes).document as JsonObject);
}

function meWishes({ map, refused }: MeRequest, id: string | null, person: string): Wish[] {
  return [
    ...(map.externalId === null ? [] : [id === null ? someText(map.externalId, person) : sameText(map.externalId, id)]),
    ...(map.email === null ? [] : [someText(map.email, `${person}@example.com`)]),
    ...(map.name === null ? [] : [someText(map.name, `Person ${person}`)]),
    ...(map.avatarUrl === null ? [] : [someText(map.avatarUrl, `https://images.example/${person}.png`)]),
    ...(refused === null ? [] : [holds(refused, false)]),
  ];
}

/** OpenID Connect Core §5.1. */
function userinfoOf(person: string) {
  return { sub: person, name: `Person ${person}`, email: `${person}@example.com` };
}
