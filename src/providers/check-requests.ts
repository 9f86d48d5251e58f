/** Checks that what a definition says of its requests can be done together. Called by read-definition.ts; returns all
 *  faults. */
import type { ConfigFault } from '../config/fault.js';
import type { Definition } from './definition.js';

/** `place` names a key of the file in a fault's path. */
export function checkRequests(definition: Definition, place: (key: string) => string): ConfigFault[] {
  const faults: ConfigFault[] = [];
  const add = (key: string, fault: string, mend: string): void => void faults.push({ path: place(key), fault, mend });

  for (const key of ['token', 'refresh'] as const) {
    const { method, body } = definition[key];
    if (method === 'GET' && body !== 'query') add(`${key}.body`, 'goes with a POST', 'Write body: query for a GET.');
  }
  const { exchange, clientAuthentication } = definition;
  const hasSecret = !['none', 'private_key_jwt', 'signed_secret'].includes(clientAuthentication ?? '');
  if (!hasSecret && JSON.stringify(exchange?.parameters ?? {}).includes('{clientSecret}')) {
    add('exchange.parameters', 'has the placeholder {clientSecret}, and the client has none', 'Remove it.');
  }
  checkMe(definition, add);
  checkSignedSecret(definition, add);
  checkScopes(definition, add);
  const { query, header, scheme } = definition.api?.token ?? {};
  if (query !== undefined && (header !== undefined || scheme !== undefined)) {
    add('api.token', 'puts the token into two places', 'Keep query, or header and scheme.');
  }
  return faults;
}

type Add = (key: string, fault: string, mend: string) => void;

function checkMe({ me }: Definition, add: Add): void {
  if (!me) return;
  const body = 'Write method: POST; a GET has none.';
  if (me.method === 'GET' && Object.keys(me.form).length > 0) add('me.form', 'goes with a POST', body);
  if (me.method === 'GET' && me.json !== null) add('me.json', 'goes with a POST', body);
  if (me.json !== null && Object.keys(me.form).length > 0)
    add('me.json', 'is a second body', 'Keep one of form and json.');
  if (me.json !== null && me.authentication === 'client') {
    add('me.json', 'cannot carry our credentials', 'Write a form where authentication is client.');
  }
  const parts = JSON.stringify([me.headers, me.query, me.form, me.json]);
  if (me.authentication === 'none' && !parts.includes('{accessToken}')) {
    const mend = 'Write {accessToken} where it belongs, or remove authentication: none.';
    add('me.authentication', 'leaves no place for the token', mend);
  }
}

function checkSignedSecret({ clientAuthentication, signedSecret, clientKey }: Definition, add: Add): void {
  const isSigned = clientAuthentication === 'signed_secret';
  if (isSigned && !signedSecret) add('signedSecret', 'is missing', 'Give issuer and audience of the signed secret.');
  if (!isSigned && signedSecret) {
    add('signedSecret', 'goes with clientAuthentication: signed_secret', 'Write that, or remove it.');
  }
  const usesKey = isSigned || clientAuthentication === 'private_key_jwt' || clientAuthentication === undefined;
  if (clientKey && !usesKey) add('clientKey', 'is not used by this clientAuthentication', 'Remove one of the two.');
}

/** A scope that is asked for elsewhere is still one of those that may be asked for. */
function checkScopes({ scopes, optionalScopes, scopeParameters }: Definition, add: Add): void {
  const allowed = new Set([...scopes, ...optionalScopes]);
  const placed = new Set<string>();
  for (const [parameter, listed] of Object.entries(scopeParameters)) {
    const key = `scopeParameters.${parameter}`;
    if (listed === 'all' && Object.keys(scopeParameters).length > 1) {
      add(key, 'takes all scopes, and another parameter takes some', 'List the scopes of each.');
    }
    for (const scope of listed === 'all' ? [] : listed) {
      if (!allowed.has(scope)) {
        add(key, `names ${scope}, which nobody may ask for`, 'List it in scopes or optionalScopes as well.');
      }
      if (placed.has(scope)) add(key, `names ${scope}, which another parameter has`, 'List it once.');
      placed.add(scope);
    }
  }
}
