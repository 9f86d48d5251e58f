/** The frame of every page that a person meets while connecting an account: one card in the middle, in light or dark.
 *  Called by the other pages. Nothing in it is inline and nothing comes from elsewhere, so it works under a strict policy. */
import { html, type Html } from './html.js';

export interface FlowPage {
  readonly title: string;
  readonly body: Html;
  /** What the card looks like at first sight. */
  readonly mood: 'busy' | 'bad' | 'calm';
  /** Whether loader.js runs: it submits the card's form. */
  readonly isLoader?: boolean;
}

/** Nothing from elsewhere, nothing inline, no frame. Chromium holds form-action against every redirect that follows a form,
 *  and where the app or the provider go on to is theirs to say; so it names what a registered address may be. */
export const flowPagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "form-action 'self' https: http://127.0.0.1:* http://localhost:*",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

export function renderFlowPage({ title, body, mood, isLoader }: FlowPage): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>${title}</title>
        <link rel="icon" href="/assets/mark.svg" />
        <link rel="stylesheet" href="/assets/flow.css" />
        ${isLoader ? html`<script src="/assets/loader.js" defer></script>` : null}
      </head>
      <body>
        <main class="card" data-mood="${mood}">
          <div class="sign" aria-hidden="true"><img src="/assets/mark.svg" alt="" width="56" height="56" /></div>
          ${body}
        </main>
        <footer>Latchkey keeps the connection. Your password stays with the provider.</footer>
      </body>
    </html> `.text;
}
