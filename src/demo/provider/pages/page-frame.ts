/** What every page of the demo provider has around it, and the headers that go with it.
 *  Must never: load anything from another host, or run a script (the pages have none). */
import { html, type Markup } from './html.js';

export interface Page {
  readonly title: string;
  readonly content: Markup;
}

export function renderPage({ title, content }: Page): string {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · Demo provider</title>
        <link rel="icon" href="/mark.svg" />
        <link rel="stylesheet" href="/style.css" />
      </head>
      <body>
        <div class="stage">
          <header class="brand">
            <img src="/mark.svg" alt="" width="36" height="36" />
            <span>Demo provider</span>
          </header>
          <main class="card">${content}</main>
          <footer>
            A real OAuth 2.0 and OpenID Connect server on your own machine, for trying Latchkey. Both accounts are made
            up.
          </footer>
        </div>
      </body>
    </html>`;
  return page.text;
}

/** `formTargets`: origins beside this one where a form may lead. Browsers hold the redirects after a form to them too, so
 *  the consent page names where the person goes back to. */
export function pageHeaders(formTargets: readonly string[] = []): Record<string, string> {
  const policy = [
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self'",
    `form-action ${["'self'", ...formTargets].join(' ')}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy.join('; '),
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  };
}
