/** The page that asks whether the client may have what it asks for. Called by the interaction routes. */
import type { Person } from '../people.js';
import { html, type Markup } from './html.js';
import type { Page } from './page-frame.js';

export interface ConsentFacts {
  /** The forms post to this address followed by /consent, /deny or /switch. */
  readonly action: string;
  readonly clientName: string;
  /** The host where the person goes back to, with its port. */
  readonly returnsTo: string;
  readonly person: Person;
  readonly scopes: readonly string[];
}

export function consentPage({ action, clientName, returnsTo, person, scopes }: ConsentFacts): Page {
  return {
    title: 'Allow access',
    content: html`
      <div class="pair" aria-hidden="true">
        <img src="/avatars/${person.id}" alt="" width="64" height="64" />
        <span class="dots"></span>
        <span class="client">${clientName.charAt(0)}</span>
      </div>
      <h1>Allow ${clientName}?</h1>
      <p class="lead">It asks for access to your account, <strong>${person.email}</strong>.</p>
      <form method="post" action="${action}/consent">
        <ul class="scopes">
          ${scopes.map(scopeRow)}
        </ul>
        <button class="primary" type="submit">Allow</button>
      </form>
      <form method="post" action="${action}/deny"><button class="quiet" type="submit">Deny</button></form>
      <form method="post" action="${action}/switch" class="aside">
        You are signed in as ${person.name}. <button class="link" type="submit">Not you?</button>
      </form>
      <p class="aside">Afterwards you go back to <code>${returnsTo}</code>.</p>
    `,
  };
}

/** Scopes that the person may keep back; without the others the request makes no sense. */
export const optionalScopes: ReadonlySet<string> = new Set(['profile', 'email', 'offline_access']);

const words: Readonly<Record<string, readonly [title: string, detail: string]>> = {
  openid: ['Know that it is you', 'Your id at this provider'],
  profile: ['See your profile', 'Name and picture'],
  email: ['See your email address', 'And that it is verified'],
  offline_access: ['Stay connected', 'Also while you are away'],
};

function scopeRow(scope: string): Markup {
  const [title, detail] = words[scope] ?? [scope, 'A scope that this page has no words for'];
  const text = html`<span class="who"><strong>${title}</strong><small>${detail}</small></span
    ><code>${scope}</code>`;
  return optionalScopes.has(scope)
    ? html`<li>
        <label><input type="checkbox" name="scope" value="${scope}" checked />${text}</label>
      </li>`
    : html`<li>
        <label><input type="checkbox" checked disabled />${text}</label>
      </li>`;
}
