/** The page for an answer that was handed in before and is still being finished elsewhere. Called by the callback's route.
 *  Its form hands the same answer in again, when the person asks for it: by itself it would go round in a circle. */
import { renderFlowPage } from './flow-page.js';
import { html } from './html.js';
import type { LoaderPage } from './loader-page.js';

export function renderUnfinishedPage({ title, text, action, fields }: LoaderPage): string {
  const inputs = fields.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`);
  return renderFlowPage({
    title,
    mood: 'calm',
    body: html`
      <h1>${title}</h1>
      <p role="status">${text}</p>
      <form method="post" action="${action}" autocomplete="off">
        ${inputs}
        <button type="submit">Look again</button>
      </form>
    `,
  });
}
