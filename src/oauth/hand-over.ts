/** The two secrets of an attempt to connect that must leave as text: its state, which startAuthorization answers, and its
 *  authorization URL, when the browser is sent there later. Called by connect/ at the moment they go out, to the user who
 *  asked and nobody else. Must never: end up in a log, an error or a row. */
import type { Secret } from '../secret.js';

export function handOverState(state: Secret): string {
  return state.expose();
}

export function handOverAuthorizationUrl(authorizationUrl: Secret): string {
  return authorizationUrl.expose();
}
