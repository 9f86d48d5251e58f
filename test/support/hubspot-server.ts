/** HubSpot's OAuth endpoints as its documentation describes them (2026-03, and /oauth/v1/token), on 127.0.0.1: status,
 *  headers and bodies. Codes work once; a refresh answers with the same refresh token; introspection wants the client's
 *  credentials in the form; a revoked refresh token ends the grant while its access tokens live on. */
import { randomBytes } from 'node:crypto';
import type { Provider } from '../../src/providers/provider.js';
import { createAuthorizePage, provesChallenge } from './authorize-page.js';
import { startHostileServer, type RawAnswer } from './hostile-server.js';
import type { SeenRequest } from './request-tap.js';
import { shippedProvider } from './shipped-provider.js';

export interface HubspotPerson {
  readonly hubId: number;
  readonly userId: number;
  readonly email: string;
}

export interface HubspotServer {
  readonly requests: readonly SeenRequest[];
  readonly clientSecret: string;
  provider(id?: string, definition?: 'hubspot' | 'hubspot-v1'): Provider;
  approve(authorizationUrl: string, person: HubspotPerson | 'refuses'): Promise<string>;
  /** The next request to the token endpoint meets this instead. */
  answerTokenOnce(answer: RawAnswer): void;
  /** The app is uninstalled: every token of the portal is dead. */
  uninstall(hubId: number): void;
  close(): Promise<void>;
}

interface Grant {
  readonly person: HubspotPerson;
  readonly scopes: readonly string[];
  readonly refreshToken: string;
  isRevoked: boolean;
}

const CLIENT_ID = '11111111-2222-3333-4444-555555555555';
const CLIENT_SECRET = 'planted-hubspot-secret';
const ACCESS_TOKEN_MS = 1_800_000;

export async function startHubspotServer({ now }: { now: () => number }): Promise<HubspotServer> {
  const server = await startHostileServer();
  const page = createAuthorizePage<HubspotPerson>({ now });
  const grants = new Map<string, Grant>();
  const accessTokens = new Map<string, { readonly grant: Grant; readonly endsAt: number }>();
  const instead: RawAnswer[] = [];

  server.answerEach('/oauth/authorize', page.answer);
  server.answerEach('/oauth/2026-03/token', (request) => instead.shift() ?? token(request, 'current'));
  server.answerEach('/oauth/v1/token', (request) => instead.shift() ?? token(request, 'v1'));
  server.answerEach('/oauth/2026-03/token/introspect', introspect);
  server.answerEach('/oauth/2026-03/token/revoke', revoke);

  function token(request: SeenRequest, version: 'current' | 'v1'): RawAnswer {
    const form = request.form();
    const refused = refuseClient(request);
    if (refused) return refused;
    switch (form.get('grant_type') ?? '') {
      case 'authorization_code': {
        const consent = page.take(form.get('code'));
        const isGood =
          consent?.redirectUri === form.get('redirect_uri') && provesChallenge(consent, form.get('code_verifier'));
        if (!consent || !isGood) return oauthError('BAD_AUTH_CODE', 'invalid_grant', 'missing or unknown auth code');
        const refreshToken = `planted-hs-rt-${randomBytes(24).toString('hex')}`;
        const grant = { person: consent.person, scopes: consent.scope.split(' '), refreshToken, isRevoked: false };
        grants.set(refreshToken, grant);
        return issue(grant, version);
      }
      case 'refresh_token': {
        const grant = grants.get(form.get('refresh_token') ?? '');
        if (grant && !grant.isRevoked) return issue(grant, version);
        return oauthError('BAD_REFRESH_TOKEN', 'invalid_grant', 'missing or invalid refresh token');
      }
      default:
        return oauthError('BAD_GRANT_TYPE', 'unsupported_grant_type', 'missing or unknown grant type');
    }
  }

  function issue(grant: Grant, version: 'current' | 'v1'): RawAnswer {
    const accessToken = `planted-hs-at-${randomBytes(120).toString('hex')}`; // about 250 characters, as theirs
    accessTokens.set(accessToken, { grant, endsAt: now() + ACCESS_TOKEN_MS });
    const least = {
      token_type: 'bearer',
      refresh_token: grant.refreshToken,
      access_token: accessToken,
      expires_in: 1800,
    };
    if (version === 'v1') return json(200, least);
    const { hubId: hub_id, userId: user_id } = grant.person;
    return json(200, { ...least, token_use: 'access_token', hub_id, user_id, scopes: grant.scopes });
  }

  function introspect(request: SeenRequest): RawAnswer {
    const refused = refuseClient(request);
    if (refused) return refused;
    const asked = request.form().get('token') ?? '';
    const found = accessTokens.get(asked);
    if (!found || now() >= found.endsAt) return json(200, { active: false });
    const { person, scopes } = found.grant;
    const facts = { hub_id: person.hubId, user_id: person.userId, scopes };
    return json(200, {
      active: true,
      token: asked,
      token_type: 'bearer',
      token_use: 'access_token',
      client_id: CLIENT_ID,
      app_id: 4711,
      ...facts,
      user: person.email,
      hub_domain: `portal-${person.hubId}.example`,
      expires_in: Math.floor((found.endsAt - now()) / 1000),
      is_private_distribution: false,
      signed_access_token: {
        appId: 4711,
        hubId: person.hubId,
        userId: person.userId,
        hublet: 'na1',
        signature: 'planted',
      },
    });
  }

  function revoke(request: SeenRequest): RawAnswer {
    const refused = refuseClient(request);
    if (refused) return refused;
    const grant = grants.get(request.form().get('token') ?? '');
    if (!grant) return oauthError('BAD_REFRESH_TOKEN', 'invalid_grant', 'missing or invalid refresh token');
    grant.isRevoked = true;
    return { status: 204 };
  }

  return {
    requests: server.requests,
    clientSecret: CLIENT_SECRET,
    provider: (id = 'hubspot', definition = 'hubspot') =>
      shippedProvider({
        extends: definition,
        id,
        clientId: CLIENT_ID,
        clientSecret: CLIENT_SECRET,
        origins: { 'https://app.hubspot.com': server.origin, 'https://api.hubapi.com': server.origin },
        file: 'scopes: [oauth, crm.objects.contacts.read]\n',
      }),
    approve: page.approve,
    answerTokenOnce: (answer) => void instead.push(answer),
    uninstall: (hubId) => {
      for (const grant of grants.values()) if (grant.person.hubId === hubId) grant.isRevoked = true;
      for (const [at, { grant }] of accessTokens) if (grant.person.hubId === hubId) accessTokens.delete(at);
    },
    close: () => server.close(),
  };
}

/** Everything in a form body; nothing in the address, and no HTTP basic. */
function refuseClient(request: SeenRequest): RawAnswer | null {
  const form = request.form();
  const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
  if (request.method !== 'POST' || !isForm || request.url.includes('?')) {
    const message = 'Invalid input JSON on line 1, column 1';
    return json(400, { status: 'error', message, correlationId: CORRELATION, category: 'VALIDATION_ERROR' });
  }
  if (form.get('client_id') !== CLIENT_ID)
    return oauthError('BAD_CLIENT_ID', 'invalid_client', 'missing or unknown client id');
  if (form.get('client_secret') !== CLIENT_SECRET) {
    return oauthError('BAD_CLIENT_SECRET', 'invalid_client', 'missing or invalid client secret');
  }
  return null;
}

const CORRELATION = 'aeb5f871-7f07-4993-9211-075dc63e7cbf';

function oauthError(status: string, error: string, message: string): RawAnswer {
  return json(400, { status, message, error, error_description: message, correlationId: CORRELATION });
}

function json(status: number, body: object): RawAnswer {
  return { status, headers: { 'content-type': 'application/json;charset=utf-8' }, body: JSON.stringify(body) };
}
