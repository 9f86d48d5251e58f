/** The page that asks who you are. Called by the interaction routes, also after a wrong password. */
import { people, type Person } from '../people.js';
import { html, type Markup } from './html.js';
import type { Page } from './page-frame.js';

export interface SignInFacts {
  /** Where the forms post to. */
  readonly action: string;
  readonly clientName: string;
  /** What was typed before, or the client's login_hint. */
  readonly login: string;
  readonly outcome: 'first-try' | 'refused';
}

export function signInPage({ action, clientName, login, outcome }: SignInFacts): Page {
  const refusal =
    outcome === 'refused'
      ? html`<p class="alert" role="alert">
          No account has this login and password. The two accounts below show what to type.
        </p>`
      : null;
  return {
    title: 'Sign in',
    content: html`
      <h1>Sign in</h1>
      <p class="lead">to continue to <strong>${clientName}</strong></p>
      ${refusal}
      <form method="post" action="${action}" class="fields">
        <label for="login">Login or email</label>
        <input
          id="login"
          name="login"
          value="${login}"
          autocomplete="username"
          autocapitalize="none"
          spellcheck="false"
          required
        />
        <label for="password">Password</label>
        <input id="password" name="password" type="password" autocomplete="current-password" required />
        <button class="primary" type="submit">Sign in</button>
      </form>
      <p class="divider"><span>or take one of the two accounts</span></p>
      <div class="people">${people.map((person) => personForm(person, action))}</div>
    `,
  };
}

/** One press signs this person in; what it sends is shown on it, so that the form above can be tried too. */
function personForm(person: Person, action: string): Markup {
  return html`<form method="post" action="${action}">
    <input type="hidden" name="login" value="${person.login}" />
    <input type="hidden" name="password" value="${person.password}" />
    <button class="person" type="submit">
      <img src="/avatars/${person.id}" alt="" width="44" height="44" />
      <span class="who"><strong>${person.name}</strong><small>${person.about}</small></span>
      <span class="keys"><code>${person.login}</code><code>${person.password}</code></span>
    </button>
  </form>`;
}
