/** The page for a request that came to nothing: a link that is used up, a provider that is not set up, a fault of ours.
 *  Called by the routes of the flow. Shows our own sentence for the fault and nothing of what was sent. */
import type { HttpAnswer } from '../problem-answer.js';
import { renderFlowPage } from './flow-page.js';
import { html } from './html.js';

export function renderProblemPage({ code, message }: HttpAnswer, requestId: string): string {
  const title = titles[code] ?? 'This request could not be served';
  return renderFlowPage({
    title,
    mood: 'bad',
    body: html`
      <h1>${title}</h1>
      <p>${message}</p>
      <p class="small">Request ${requestId}</p>
    `,
  });
}

const titles: Readonly<Partial<Record<HttpAnswer['code'], string>>> = {
  STATE_INVALID: 'This link does not work',
  FORBIDDEN: 'Sent from another site',
  UNKNOWN_PROVIDER: 'No such provider',
  PROVIDER_UNAVAILABLE: 'The provider does not answer',
  PROVIDER_RATE_LIMITED: 'The provider is busy',
  PROVIDER_MISCONFIGURED: 'The provider is not set up rightly',
  DATABASE_UNAVAILABLE: 'Latchkey cannot be used at the moment',
  INTERNAL: 'Latchkey met a fault of its own',
  NOT_FOUND: 'There is no such page',
};
