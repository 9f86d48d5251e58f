/** A person at a browser of their own: follows an authorization URL through sign-in and consent, over HTTP, and stops
 *  at the redirect that leaves the provider. */
export interface Person {
  readonly login: string;
  /** False refuses at the consent page. */
  readonly consent?: boolean;
}

export async function walkAuthorization(authorizationUrl: string, issuer: string, person: Person): Promise<string> {
  const cookies = new Map<string, string>();
  let url = new URL(authorizationUrl);
  for (let step = 0; step < 12; step += 1) {
    if (url.origin !== issuer) return url.href;
    const answer = url.pathname.startsWith('/interaction/')
      ? await answerPage(url, person, cookies)
      : await visit(url, cookies, {});
    const location = answer.headers.get('location');
    if (location === null)
      throw new Error(`the provider shows ${answer.status} at ${url.pathname}: ${await answer.text()}`);
    url = new URL(location, url);
  }
  throw new Error('the provider redirects in circles');
}

async function answerPage(url: URL, person: Person, cookies: Map<string, string>): Promise<Response> {
  const page = await (await visit(url, cookies, {})).text();
  const consent = person.consent === false ? 'no' : 'yes';
  const answer = page.includes('data-prompt="login"') ? person.login : consent;
  return visit(url, cookies, { method: 'POST', body: new URLSearchParams({ answer }) });
}

export async function visit(url: URL, cookies: Map<string, string>, init: RequestInit): Promise<Response> {
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const answer = await fetch(url, { ...init, redirect: 'manual', headers: cookie === '' ? {} : { cookie } });
  for (const line of answer.headers.getSetCookie()) {
    const [pair = ''] = line.split(';');
    const name = pair.slice(0, pair.indexOf('='));
    const value = pair.slice(name.length + 1);
    if (value === '') cookies.delete(name);
    else cookies.set(name, value);
  }
  return answer;
}
