/** Checks that a definition says where to go for all that it says to do. Called by read-definition.ts; returns all
 *  faults. */
import type { ConfigFault } from '../config/fault.js';
import type { Definition } from './definition.js';

/** `place` names a key of the file in a fault's path. */
export function checkEndpoints(definition: Definition, place: (key: string) => string): ConfigFault[] {
  const { issuer, endpoints, me, revoke } = definition;
  const isAlone = issuer === undefined;
  const lacks = (key: 'authorize' | 'token' | 'nonce' | 'introspect' | 'userinfo'): boolean => {
    return endpoints[key] === undefined;
  };
  const missing = (key: string, fault: string, mend: string): ConfigFault => ({ path: place(key), fault, mend });
  const withoutIssuer = 'Give the issuer, or endpoints.authorize and endpoints.token, or extend a shipped definition.';
  const faults: ConfigFault[] = [];

  if (isAlone && lacks('authorize') && lacks('token')) faults.push(missing('issuer', 'is missing', withoutIssuer));
  else if (isAlone && lacks('authorize')) faults.push(missing('endpoints.authorize', 'is missing', withoutIssuer));
  else if (isAlone && lacks('token')) faults.push(missing('endpoints.token', 'is missing', withoutIssuer));

  if (isAlone && me === undefined && lacks('userinfo') && definition.tokens.subject === null && faults.length === 0) {
    const mend = 'Give me, or endpoints.userinfo where the provider answers as OpenID Connect says.';
    faults.push(missing('me', 'is missing, and nothing else says whose an account is', mend));
  }
  if (me && (me.url === null) === (me.endpoint === null)) {
    faults.push(missing('me', 'has to name one address', 'Give one of url and endpoint.'));
  }
  if (me && me.endpoint !== null && lacks(me.endpoint)) {
    faults.push(missing(`endpoints.${me.endpoint}`, 'is missing, and me asks there', 'Give its address.'));
  }
  if (revoke.signature && lacks('nonce')) {
    faults.push(missing('endpoints.nonce', 'is missing, and revoke is signed', 'Give its address.'));
  }
  if (definition.api && definition.api.base === undefined && definition.apiOrigins.length === 0) {
    faults.push(missing('api.base', 'is missing', 'Give the address that every path of its API lies below.'));
  }
  return faults;
}
