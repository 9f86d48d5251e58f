/** The pages without a decision: the front page and the page for whatever went wrong.
 *  Called by the demo provider's server, and by oidc-provider for the errors it cannot send back to a client. */
import { people, type Person } from '../people.js';
import { html, type Markup } from './html.js';
import type { Page } from './page-frame.js';

export function frontPage(): Page {
  return {
    title: 'Welcome',
    content: html`
      <h1>Hello</h1>
      <p class="lead">Two people have an account here. Connect one of them from Latchkey's playground.</p>
      <div class="people">${people.map(personCard)}</div>
      <p class="aside">
        What this server can do stands in its
        <a href="/.well-known/openid-configuration">discovery document</a>.
      </p>
    `,
  };
}

/** `what` is one sentence; `mend` says what to do about it. */
export function problemPage({ what, mend }: { what: string; mend: string }): Page {
  return {
    title: 'That did not work',
    content: html`
      <h1>That did not work</h1>
      <p class="alert" role="alert">${what}</p>
      <p class="lead">${mend}</p>
    `,
  };
}

function personCard(person: Person): Markup {
  return html`<div class="person">
    <img src="/avatars/${person.id}" alt="" width="44" height="44" />
    <span class="who"><strong>${person.name}</strong><small>${person.email}</small></span>
    <span class="keys"><code>${person.login}</code><code>${person.password}</code></span>
  </div>`;
}
