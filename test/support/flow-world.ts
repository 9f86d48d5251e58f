/** The whole gateway before a real provider, with what a browser does around a flow, for tests of its pages and routes. */
import { startOidcProvider, type TestOidcProvider } from './oidc-provider.js';
import { startTestApp, type TestApp, type TestAppOptions } from './test-app.js';

export const returnTo = 'https://app.example/done?from=latchkey';

export interface FlowWorld {
  readonly app: TestApp;
  readonly oidc: TestOidcProvider;
  readonly otherOidc: TestOidcProvider;
  /** startAuthorization at "test", by `userId`. */
  start(userId: string, input?: Readonly<Record<string, unknown>>): Promise<StartedFlow>;
  /** completeAuthorization by `userId`. */
  complete(userId: string, answer: object): Promise<{ account: unknown; problem: { code: string } | null }>;
  close(): Promise<void>;
}

export interface StartedFlow {
  readonly authorizationUrl: string;
  readonly oneTimeUrl: string;
  readonly state: string;
  /** As a Cookie header carries it back; empty where none was set. */
  readonly cookie: string;
  readonly setCookie: readonly string[];
}

export async function openFlowWorld(
  environment: Readonly<Record<string, string>> = {},
  options: Pick<TestAppOptions, 'clock'> = {},
): Promise<FlowWorld> {
  const [oidc, otherOidc] = [await startOidcProvider(), await startOidcProvider()];
  const app = await startTestApp({
    ...options,
    environment: { LATCHKEY_RETURN_TO_URLS: returnTo, ...environment },
    providers: (url) => {
      oidc.registerRedirectUri(`${url}/oauth/callback/test`);
      otherOidc.registerRedirectUri(`${url}/oauth/callback/other`);
      return [
        oidc.provider({ name: 'Test & Sons', redirectUris: [] }),
        otherOidc.provider({ id: 'other', redirectUris: [] }),
      ];
    },
  });

  return {
    app,
    oidc,
    otherOidc,
    async start(userId, input = {}) {
      const { data, headers, errors } = await app.query({
        token: await app.tokenFor(userId),
        query: `mutation ($input: StartAuthorizationInput!) {
          startAuthorization(input: $input) { authorizationUrl oneTimeUrl state } }`,
        variables: { input: { provider: 'test', ...input } },
      });
      if (errors) throw new Error(JSON.stringify(errors));
      const setCookie = headers.getSetCookie();
      const cookie = setCookie.map((line) => line.split(';')[0]).join('; ');
      return { ...(data as { startAuthorization: StartedFlow }).startAuthorization, setCookie, cookie };
    },
    async complete(userId, answer) {
      const { data, errors } = await app.query({
        token: await app.tokenFor(userId),
        query: `mutation ($input: CompleteAuthorizationInput!) {
          completeAuthorization(input: $input) { account { id externalId } problem { code message } } }`,
        variables: { input: { answer } },
      });
      if (errors) throw new Error(JSON.stringify(errors));
      return (data as { completeAuthorization: Awaited<ReturnType<FlowWorld['complete']>> }).completeAuthorization;
    },
    async close() {
      await app.close();
      await oidc.close();
      await otherOidc.close();
    },
  };
}

/** What the form of a page would send: where to, and what. */
export function formOf(page: string): { action: string; fields: URLSearchParams } {
  const action = /<form[^>]* action="([^"]*)"/.exec(page)?.[1] ?? '';
  const fields = new URLSearchParams();
  for (const [, name = '', value = ''] of page.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)) {
    fields.append(unescape(name), unescape(value));
  }
  return { action, fields };
}

/** Posts the form of a page as a browser of that page does; a redirect is not followed. */
export function submit(origin: string, form: ReturnType<typeof formOf>, headers: Record<string, string> = {}) {
  return fetch(new URL(form.action, origin), {
    method: 'POST',
    body: form.fields,
    redirect: 'manual',
    headers: { 'sec-fetch-site': 'same-origin', origin: 'null', ...headers },
  });
}

function unescape(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
}
