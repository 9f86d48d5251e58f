/** The page that says what came of an attempt, where no app takes over. Called by the callback's route. */
import { renderFlowPage } from './flow-page.js';
import { flowResults, type FlowResult } from './flow-result.js';
import { html } from './html.js';

/** `provider` is its name for people. */
export function renderOutcomePage(result: FlowResult, provider: string): string {
  const { title, text, mood } = flowResults[result];
  return renderFlowPage({
    title: title(provider),
    mood,
    body: html`
      <h1>${title(provider)}</h1>
      <p>${text(provider)}</p>
    `,
  });
}
