/** A browser without scripts, for the demo provider's pages: keeps cookies, follows redirects while they stay at the
 *  provider, and posts forms. */

export interface Visit {
  readonly url: URL;
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

export interface CookieBrowser {
  open(url: string | URL): Promise<Visit>;
  /** Presses the button of the first form whose address ends like this. */
  submit(page: Visit, actionEnd: string, fields?: Readonly<Record<string, string | readonly string[]>>): Promise<Visit>;
}

export function createCookieBrowser(home: string): CookieBrowser {
  const cookies = new Map<string, { value: string; path: string }>();

  async function go(url: URL, init: RequestInit = {}): Promise<Visit> {
    const fitting = [...cookies].filter(([, { path }]) => url.pathname.startsWith(path));
    const cookie = fitting.map(([name, { value }]) => `${name}=${value}`).join('; ');
    const answer = await fetch(url, { ...init, redirect: 'manual', headers: { cookie } });
    for (const line of answer.headers.getSetCookie()) keep(line);
    const location = answer.headers.get('location');
    const next = location === null ? null : new URL(location, url);
    if (next?.origin === home) return go(next);
    return { url: next ?? url, status: answer.status, text: await answer.text(), headers: answer.headers };
  }

  function keep(line: string): void {
    const [pair = '', ...attributes] = line.split('; ');
    const [name = '', value = ''] = pair.split('=');
    const path = attributes.find((one) => /^path=/i.test(one))?.slice(5) ?? '/';
    if (value === '') cookies.delete(name);
    else cookies.set(name, { value, path });
  }

  return {
    open: (url) => go(new URL(url)),
    submit: (page, actionEnd, fields = {}) => {
      const action = [...page.text.matchAll(/action="([^"]+)"/g)].find(([, found]) => found?.endsWith(actionEnd))?.[1];
      if (action === undefined) throw new Error(`the page at ${page.url.pathname} has no form to ${actionEnd}`);
      const form = new URLSearchParams();
      for (const [name, value] of Object.entries(fields)) for (const one of [value].flat()) form.append(name, one);
      return go(new URL(action, page.url), { method: 'POST', body: form });
    },
  };
}
