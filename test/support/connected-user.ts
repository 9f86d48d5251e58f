/** Walks a user through a whole connection from outside, as an app with its own callback page does it. */
import type { TestApp } from './test-app.js';
import type { TestOidcProvider } from './oidc-provider.js';

export interface Walk {
  readonly app: Pick<TestApp, 'query'>;
  readonly oidc: TestOidcProvider;
  /** The user's JWT. */
  readonly token: string;
  /** Who signs in at the provider. */
  readonly login: string;
  readonly provider?: string;
}

const startOperation = `
  mutation Start($input: StartAuthorizationInput!) {
    startAuthorization(input: $input) { authorizationUrl oneTimeUrl state expiresAt }
  }`;

const completeOperation = `
  mutation Complete($input: CompleteAuthorizationInput!) {
    completeAuthorization(input: $input) {
      account { id status displayName externalId grantedScopes missingScopes expiresAt }
      problem { code remedy message }
    }
  }`;

export interface Started {
  readonly authorizationUrl: string;
  readonly oneTimeUrl: string;
  readonly state: string;
}

export interface Completed {
  readonly account: { readonly id: string; readonly status: string; readonly displayName: string } | null;
  readonly problem: { readonly code: string; readonly remedy: string; readonly message: string } | null;
}

export async function startAuthorization(
  { app, token, provider = 'test' }: Pick<Walk, 'app' | 'token' | 'provider'>,
  input: Readonly<Record<string, unknown>> = {},
): Promise<Started> {
  const answer = await app.query({ query: startOperation, variables: { input: { provider, ...input } }, token });
  if (answer.errors) throw new Error(`The authorization did not start: ${JSON.stringify(answer.errors)}`);
  return answer.data.startAuthorization as Started;
}

export async function completeAuthorization(
  { app, token }: Pick<Walk, 'app' | 'token'>,
  answer: Readonly<Record<string, unknown>>,
  more: Readonly<Record<string, unknown>> = {},
): Promise<Completed> {
  const done = await app.query({ query: completeOperation, variables: { input: { answer, ...more } }, token });
  if (done.errors) throw new Error(`The authorization was not completed: ${JSON.stringify(done.errors)}`);
  return done.data.completeAuthorization as Completed;
}

/** Signs in, consents and hands the callback URL in; gives the id of the new account. */
export async function connectUser(walk: Walk): Promise<string> {
  const { authorizationUrl } = await startAuthorization(walk);
  const callbackUrl = await walk.oidc.approve(authorizationUrl, { login: walk.login });
  const { account, problem } = await completeAuthorization(walk, { callbackUrl });
  if (!account) throw new Error(`Nothing was connected: ${problem?.message}`);
  return account.id;
}
