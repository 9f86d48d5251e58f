/** The page that a GET of /connect/:provider and of /oauth/callback/:provider shows. It spends nothing: scanners and
 *  prefetchers open links too. Its form carries what the address held to the same path; loader.js empties the address
 *  and submits it, and a button does so where no script runs. */
import { renderFlowPage } from './flow-page.js';
import { html } from './html.js';

export interface LoaderPage {
  /** What is being done, as a heading. */
  readonly title: string;
  readonly text: string;
  /** The path that the form posts to; without a query. */
  readonly action: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
}

export function renderLoaderPage({ title, text, action, fields }: LoaderPage): string {
  const inputs = fields.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`);
  return renderFlowPage({
    title,
    mood: 'busy',
    isLoader: true,
    body: html`
      <h1>${title}</h1>
      <p role="status">${text}</p>
      <form method="post" action="${action}" autocomplete="off" data-loader>
        ${inputs}
        <button type="submit">Continue</button>
      </form>
      <noscript
        ><p class="hint">Your browser runs no scripts here, so this step needs one press of the button.</p></noscript
      >
    `,
  });
}
