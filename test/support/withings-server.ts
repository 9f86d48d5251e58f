/** Withings' OAuth endpoints as its documentation describes them, on 127.0.0.1: every answer is an HTTP 200 with a status
 *  in it. Codes live 30 seconds; each refresh brings a new refresh token, and the old one works for 8 hours more or until
 *  the new access token is used; a revocation is signed, with a nonce that works once. */
import { createHmac, randomBytes } from 'node:crypto';
import type { Provider } from '../../src/providers/provider.js';
import { createAuthorizePage, type Consent } from './authorize-page.js';
import { startHostileServer, type RawAnswer } from './hostile-server.js';
import type { SeenRequest } from './request-tap.js';
import { shippedProvider } from './shipped-provider.js';

export interface WithingsServer {
  readonly origin: string;
  readonly requests: readonly SeenRequest[];
  readonly clientSecret: string;
  provider(): Provider;
  /** `person` is their userid: a number in the specification, a text in its examples. */
  approve(authorizationUrl: string, person: number | string): Promise<string>;
  /** The next request of this action meets this instead. */
  answerOnce(action: string, answer: RawAnswer): void;
  /** The next request of this action is done, and its answer never arrives. */
  loseAnswerOnce(action: string): void;
  /** Whether the person's grant lives. */
  isConnected(person: number | string): boolean;
  close(): Promise<void>;
}

interface Grant {
  readonly person: number | string;
  readonly scope: string;
  refreshToken: string;
  previous: { readonly token: string; readonly until: number } | null;
  newestAccessToken: string;
  isDead: boolean;
}

const CLIENT_ID = 'withings-client';
const CLIENT_SECRET = 'planted-withings-secret';
const CODE_MS = 30_000;
const ACCESS_TOKEN_MS = 10_800_000;
const REFRESH_TOKEN_MS = 365 * 86_400_000;
const GRACE_MS = 8 * 3_600_000;
const NONCE_MS = 30 * 60_000;

export async function startWithingsServer({ now }: { now: () => number }): Promise<WithingsServer> {
  const server = await startHostileServer();
  const page = createAuthorizePage<number | string>({ now });
  const grants: Grant[] = [];
  const accessTokens = new Map<string, { readonly grant: Grant; readonly endsAt: number }>();
  const refreshEnds = new Map<string, number>();
  const nonces = new Map<string, number>();
  const instead = new Map<string, RawAnswer[]>();
  const lost = new Set<string>();

  server.answerEach('/oauth2_user/authorize2', page.answer);
  server.answerEach('/v2/oauth2', (request) => act(request, { requesttoken: requestToken, revoke }));
  server.answerEach('/v2/signature', (request) => act(request, { getnonce: getNonce }));
  server.answerEach('/v2/user', (request) => act(request, { getdevice: getDevice }));

  type Act = (form: URLSearchParams, request: SeenRequest) => RawAnswer;

  function act(request: SeenRequest, acts: Readonly<Record<string, Act>>): RawAnswer {
    const form = request.form();
    const action = form.get('action') ?? '';
    const planned = instead.get(action)?.shift();
    if (planned) return planned;
    const answer = acts[action]?.(form, request) ?? answerWith(2554, 'Not implemented');
    return lost.delete(action) ? { ...answer, manner: 'reset' } : answer;
  }

  function requestToken(form: URLSearchParams): RawAnswer {
    const isClient = form.get('client_id') === CLIENT_ID && form.get('client_secret') === CLIENT_SECRET;
    if (!isClient) return answerWith(503, 'Invalid Params: invalid client id/secret');
    if (form.get('grant_type') === 'authorization_code') {
      const consent = page.take(form.get('code'));
      if (!consent || now() - consent.at > CODE_MS) return answerWith(503, 'Invalid Params: invalid code');
      if (consent.redirectUri !== form.get('redirect_uri'))
        return answerWith(503, 'Invalid Params: invalid redirect_uri');
      return issue(openGrant(consent));
    }
    const used = form.get('refresh_token') ?? '';
    const grant = grants.find((one) => !one.isDead && accepts(one, used));
    if (form.get('grant_type') !== 'refresh_token' || !grant) {
      return answerWith(503, 'Invalid Params: invalid refresh_token');
    }
    grant.previous = { token: used, until: now() + GRACE_MS };
    return issue(grant);
  }

  function openGrant({ person, scope }: Consent<number | string>): Grant {
    const grant: Grant = { person, scope, refreshToken: '', previous: null, newestAccessToken: '', isDead: false };
    grants.push(grant);
    return grant;
  }

  function accepts({ refreshToken, previous }: Grant, used: string): boolean {
    if (used === refreshToken) return now() < (refreshEnds.get(used) ?? 0);
    return previous !== null && used === previous.token && now() < previous.until;
  }

  function issue(grant: Grant): RawAnswer {
    grant.refreshToken = `planted-wi-rt-${randomBytes(20).toString('hex')}`;
    grant.newestAccessToken = `planted-wi-at-${randomBytes(20).toString('hex')}`;
    refreshEnds.set(grant.refreshToken, now() + REFRESH_TOKEN_MS);
    accessTokens.set(grant.newestAccessToken, { grant, endsAt: now() + ACCESS_TOKEN_MS });
    return ok({
      userid: grant.person,
      access_token: grant.newestAccessToken,
      refresh_token: grant.refreshToken,
      scope: grant.scope,
      expires_in: 10800,
      token_type: 'Bearer',
      csrf_token: 'planted-csrf',
    });
  }

  function getDevice(_form: URLSearchParams, request: SeenRequest): RawAnswer {
    const token = request.headers.authorization?.replace(/^Bearer /, '') ?? '';
    const found = accessTokens.get(token);
    if (!found || found.grant.isDead || now() >= found.endsAt) {
      return answerWith(401, 'XRequestID: Not provided invalid_token: The access token provided is invalid');
    }
    if (!found.grant.scope.split(',').includes('user.info')) return answerWith(277, 'Unauthorized');
    if (token === found.grant.newestAccessToken) found.grant.previous = null;
    return ok({
      devices: [{ type: 'Scale', model: 'Body+', battery: 'high', deviceid: 'd-1', timezone: 'Europe/Vienna' }],
    });
  }

  function getNonce(form: URLSearchParams): RawAnswer {
    const isFresh = Math.abs(now() / 1000 - Number(form.get('timestamp'))) < 300;
    if (!isFresh || !isSigned(form, ['action', 'client_id', 'timestamp'])) return answerWith(100, 'Invalid signature');
    const nonce = randomBytes(16).toString('hex');
    nonces.set(nonce, now() + NONCE_MS);
    return ok({ nonce });
  }

  function revoke(form: URLSearchParams): RawAnswer {
    const nonce = form.get('nonce') ?? '';
    const isFresh = now() < (nonces.get(nonce) ?? 0);
    nonces.delete(nonce);
    if (!isFresh || !isSigned(form, ['action', 'client_id', 'nonce'])) return answerWith(100, 'Invalid signature');
    for (const grant of grants) if (String(grant.person) === form.get('userid')) grant.isDead = true;
    return ok({});
  }

  return {
    origin: server.origin,
    requests: server.requests,
    clientSecret: CLIENT_SECRET,
    provider: () =>
      shippedProvider({
        extends: 'withings',
        clientId: CLIENT_ID,
        clientSecret: CLIENT_SECRET,
        origins: { 'https://account.withings.com': server.origin, 'https://wbsapi.withings.net': server.origin },
      }),
    approve: page.approve,
    answerOnce: (action, answer) => void instead.set(action, [...(instead.get(action) ?? []), answer]),
    loseAnswerOnce: (action) => void lost.add(action),
    isConnected: (person) => grants.some((grant) => grant.person === person && !grant.isDead),
    close: () => server.close(),
  };
}

/** The values in the alphabetical order of their names, joined by commas. */
function isSigned(form: URLSearchParams, names: readonly string[]): boolean {
  if (form.get('client_id') !== CLIENT_ID) return false;
  const text = names.map((name) => form.get(name) ?? '').join(',');
  return createHmac('sha256', CLIENT_SECRET).update(text).digest('hex') === form.get('signature');
}

function ok(body: object): RawAnswer {
  return write({ status: 0, body });
}

export function answerWith(status: number, error: string, body: object = {}): RawAnswer {
  return write({ status, body, error });
}

function write(body: object): RawAnswer {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
