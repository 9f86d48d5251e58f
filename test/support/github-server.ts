/** GitHub's endpoints for OAuth apps as its documentation describes them, on 127.0.0.1: the token endpoint answers with a
 *  form unless JSON is asked for, and with its errors in a 200; tokens do not expire; one is revoked by DELETE with HTTP
 *  basic and a JSON body. */
import { randomBytes } from 'node:crypto';
import type { Provider } from '../../src/providers/provider.js';
import { createAuthorizePage, provesChallenge } from './authorize-page.js';
import { startHostileServer, type RawAnswer } from './hostile-server.js';
import type { SeenRequest } from './request-tap.js';
import { shippedProvider } from './shipped-provider.js';

export interface GithubPerson {
  readonly id: number;
  readonly login: string;
  readonly name: string | null;
}

export interface GithubServer {
  readonly requests: readonly SeenRequest[];
  readonly clientSecret: string;
  provider(): Provider;
  approve(authorizationUrl: string, person: GithubPerson): Promise<string>;
  /** Whatever is asked for, token answers are forms. */
  answerWithForms(): void;
  /** The next exchange is refused with this error, in a 200. */
  refuseOnce(error: string): void;
  /** The person takes the app's access away. */
  forget(person: GithubPerson): void;
  close(): Promise<void>;
}

const CLIENT_ID = 'Iv1.8a61f9b3a7aba766';
const CLIENT_SECRET = 'planted-github-secret';

export async function startGithubServer({ now }: { now: () => number }): Promise<GithubServer> {
  const server = await startHostileServer();
  const page = createAuthorizePage<GithubPerson>({ now });
  const tokens = new Map<string, GithubPerson>();
  const refusals: string[] = [];
  let isForm = false;

  const api = { 'content-type': 'application/json; charset=utf-8', 'x-github-media-type': 'github.v3; format=json' };
  const apiError = (status: number, message: string): RawAnswer => {
    return {
      status,
      headers: api,
      body: JSON.stringify({ message, documentation_url: 'https://docs.github.com/rest' }),
    };
  };

  function answer(request: SeenRequest, members: Readonly<Record<string, string>>): RawAnswer {
    const isJson = !isForm && request.headers.accept?.includes('application/json') === true;
    const type = isJson ? 'application/json; charset=utf-8' : 'application/x-www-form-urlencoded; charset=utf-8';
    const body = isJson ? JSON.stringify(members) : new URLSearchParams(members).toString();
    return { status: 200, headers: { 'content-type': type }, body };
  }

  server.answerEach('/login/oauth/authorize', page.answer);

  server.answerEach('/login/oauth/access_token', (request) => {
    const refuse = (error: string): RawAnswer =>
      answer(request, { error, error_description: 'planted: why', error_uri: 'https://docs.github.com/apps' });
    const planned = refusals.shift();
    if (planned) return refuse(planned);
    const form = request.form();
    const isClient = form.get('client_id') === CLIENT_ID && form.get('client_secret') === CLIENT_SECRET;
    if (!isClient) return refuse('incorrect_client_credentials');
    const consent = page.take(form.get('code'));
    const isGood = consent && provesChallenge(consent, form.get('code_verifier'));
    if (!consent || !isGood) return refuse('bad_verification_code');
    if (consent.redirectUri !== form.get('redirect_uri')) return refuse('redirect_uri_mismatch');
    const token = `gho_planted${randomBytes(15).toString('hex')}`;
    tokens.set(token, consent.person);
    return answer(request, { access_token: token, scope: consent.scope.split(' ').join(','), token_type: 'bearer' });
  });

  server.answerEach('/user', (request) => {
    const person = tokens.get(request.headers.authorization?.replace(/^Bearer /, '') ?? '');
    if (!person) return apiError(401, 'Bad credentials');
    const { id, login, name } = person;
    const body = { login, id, node_id: 'MDQ6', avatar_url: `https://avatars.example/u/${id}`, name, email: null };
    return { status: 200, headers: api, body: JSON.stringify(body) };
  });

  server.answerEach(`/applications/${CLIENT_ID}/token`, (request) => {
    const basic = `Basic ${Buffer.from(`${CLIENT_ID}:${CLIENT_SECRET}`).toString('base64')}`;
    if (request.method !== 'DELETE' || request.headers.authorization !== basic) return apiError(404, 'Not Found');
    const { access_token: token } = JSON.parse(request.body()) as { access_token?: string };
    return tokens.delete(token ?? '') ? { status: 204 } : apiError(404, 'Not Found');
  });

  return {
    requests: server.requests,
    clientSecret: CLIENT_SECRET,
    provider: () =>
      shippedProvider({
        extends: 'github',
        clientId: CLIENT_ID,
        clientSecret: CLIENT_SECRET,
        origins: { 'https://github.com/login': `${server.origin}/login`, 'https://api.github.com': server.origin },
      }),
    approve: page.approve,
    answerWithForms: () => void (isForm = true),
    refuseOnce: (error) => void refusals.push(error),
    forget: (person) => {
      for (const [token, owner] of tokens) if (owner.id === person.id) tokens.delete(token);
    },
    close: () => server.close(),
  };
}
