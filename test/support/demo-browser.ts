/** A person who signs in at the demo provider and agrees to all it asks, over HTTP; stops at the redirect that leaves it. */
import { visit } from './oidc-browser.js';

export interface DemoPerson {
  readonly login: string;
  readonly password: string;
}

export async function approveAtDemo(authorizationUrl: string, person: DemoPerson): Promise<string> {
  const cookies = new Map<string, string>();
  const { origin } = new URL(authorizationUrl);
  let url = new URL(authorizationUrl);
  for (let step = 0; step < 12; step += 1) {
    if (url.origin !== origin) return url.href;
    let answer = await visit(url, cookies, {});
    if (answer.status === 200) answer = await submit(url, await answer.text(), cookies, person);
    const location = answer.headers.get('location');
    if (location === null) throw new Error(`The demo provider shows ${answer.status} at ${url.pathname}.`);
    url = new URL(location, url);
  }
  throw new Error('The demo provider redirects in circles.');
}

function submit(url: URL, page: string, cookies: Map<string, string>, person: DemoPerson): Promise<Response> {
  const isSignIn = page.includes('name="password"');
  const action = isSignIn ? /<form[^>]* action="([^"]+)"/.exec(page)?.[1] : /action="([^"]+\/consent)"/.exec(page)?.[1];
  if (action === undefined) throw new Error(`No form to submit at ${url.pathname}.`);
  const body = isSignIn ? new URLSearchParams({ ...person }) : new URLSearchParams();
  for (const [, scope = ''] of page.matchAll(/name="scope"\s+value="([^"]+)"/g)) body.append('scope', scope);
  return visit(new URL(action, url), cookies, { method: 'POST', body });
}
