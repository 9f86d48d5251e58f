/** Checks how a request proves which client it comes from (RFC 6749 §2.3, RFC 7523). Called by the endpoints of this room. */
import { jwtVerify } from 'jose';
import { systemClock, type Clock } from '../clock.js';
import type { ProviderClient } from '../providers/provider.js';
import { is, isPresent, type Expected, type Judge } from './check-parameters.js';
import type { ProviderRequest } from './provider-request.js';
import type { Registration } from './registration.js';

type ClientWay = ProviderClient['authentication'];

export interface ClientCheck {
  readonly expected: Expected;
  readonly optional: Expected;
  readonly faults: readonly string[];
}

export interface ClientRules {
  readonly client: ProviderClient;
  /** Where the secret is sent in another way than the client's own. */
  readonly way?: ClientWay | null;
  readonly registration: Registration;
  readonly clock: Pick<Clock, 'now'>;
  /** Whom an assertion has to be addressed to. */
  readonly audience: string;
}

/** What must stand among the parameters, and what is wrong with the headers. */
export function checkClient(request: ProviderRequest, rules: ClientRules): ClientCheck {
  const { client, registration, audience, clock } = rules;
  const { clientId, clientSecret } = registration;
  // A key stays with its own way.
  const way = 'privateKeyPem' in client ? client.authentication : (rules.way ?? client.authentication);
  const id = { client_id: is(clientId) };
  switch (way) {
    case 'client_secret_basic':
      return { expected: {}, optional: id, faults: faultsOfBasic(request, registration) };
    case 'client_secret_post':
      return { expected: { ...id, client_secret: is(clientSecret) }, optional: {}, faults: faultsOfNone(request) };
    case 'none':
      return { expected: id, optional: {}, faults: faultsOfNone(request) };
    case 'private_key_jwt': {
      const type = is('urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
      const assertion = isSigned({ registration, issuer: clientId, audience, now: systemClock.now() });
      const expected = { client_assertion_type: type, client_assertion: assertion };
      return { expected, optional: id, faults: faultsOfNone(request) };
    }
    case 'signed_secret': {
      const named = 'issuer' in client ? client : { issuer: '', audience: '' };
      const secret = isSigned({ registration, ...named, now: clock.now() });
      return { expected: { ...id, client_secret: secret }, optional: {}, faults: faultsOfNone(request) };
    }
    default:
      return way satisfies never;
  }
}

/** RFC 6749 §2.3.1, appendix B: both are encoded as in a form before they are joined. */
function faultsOfBasic({ headers }: ProviderRequest, { clientId, clientSecret }: Registration): string[] {
  const encoded = /^Basic ([A-Za-z0-9+/]+=*)$/.exec(headers.authorization ?? '')?.[1] ?? '';
  const [id = '', secret = ''] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  const isRight = formDecode(id) === clientId && formDecode(secret) === clientSecret;
  return isRight ? [] : ['the header Authorization is not the client’s id and secret (basic)'];
}

function faultsOfNone({ headers }: ProviderRequest): string[] {
  return headers.authorization === undefined ? [] : ['there is a header Authorization, and none is wanted'];
}

function formDecode(text: string): string | null {
  return new URLSearchParams(`text=${text}`).get('text');
}

interface SignedRules {
  readonly registration: Registration;
  readonly issuer: string;
  readonly audience: string;
  /** An assertion's times are the system's, which the library that writes it reads. */
  readonly now: number;
}

/** RFC 7523 §3; of this client, by its own key. */
function isSigned({ registration: { clientId, publicKey }, issuer, audience, now }: SignedRules): Judge {
  return async (value) => {
    if (publicKey === null) return isPresent(value);
    try {
      const requiredClaims = ['exp', 'iat'];
      const currentDate = new Date(now);
      await jwtVerify(value, publicKey, { issuer, subject: clientId, audience, requiredClaims, currentDate });
      return null;
    } catch {
      return 'is not signed by the client’s key for this provider';
    }
  };
}
