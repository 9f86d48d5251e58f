/** Decides whether a provider's answer may be used, apart from who sends it (RFC 9207, checked before). Pure: called by
 *  settle-authorization and finish-in-browser. A provider's error is sorted here, once, by its code; its description is
 *  never read. */
import { Fault } from '../errors.js';
import type { CallbackAnswer } from './callback-answer.js';

/** The problem that the answer is, or null when it holds a code and nothing against it. */
export function findRefusal(answer: Pick<CallbackAnswer, 'code' | 'error'>, provider: string): Fault | null {
  const { code, error } = answer;
  if (code !== null && error !== null) {
    return invalid(provider, 'The answer says yes and no at once (a code and an error), so it was not used.');
  }
  if (error !== null) return sortError(error, provider);
  return code === null ? invalid(provider, 'The answer holds neither a code nor an error, so it was not used.') : null;
}

function sortError(error: string, provider: string): Fault {
  if (saysNo.has(error)) return new Fault('AUTHORIZATION_DENIED', { provider });
  if (isAnOutage.has(error)) return new Fault('PROVIDER_UNAVAILABLE', { provider });
  const known = isOurFault.get(error);
  const why = `The provider "${provider}" refused the request${known ? `: ${known} (${error}).` : ' for a reason that is not known here.'}`;
  return new Fault(
    'PROVIDER_MISCONFIGURED',
    { provider, why },
    known ? error : 'an unknown error code in the callback',
  );
}

/** RFC 6749 §4.1.2.1; OpenID Connect Core §3.1.2.6 for a person who was asked and did not do what was needed. */
const saysNo: ReadonlySet<string> = new Set([
  'access_denied',
  'interaction_required',
  'login_required',
  'account_selection_required',
  'consent_required',
]);

const isAnOutage: ReadonlySet<string> = new Set(['server_error', 'temporarily_unavailable']);

const isOurFault: ReadonlyMap<string, string> = new Map([
  ['invalid_request', 'it calls the request malformed'],
  ['unauthorized_client', 'it does not let this client ask'],
  ['unsupported_response_type', 'it gives no codes to this client'],
  ['invalid_scope', 'it does not give a scope that was asked'],
  ['invalid_target', 'it does not know the resource that was asked'],
  ['invalid_request_uri', 'it no longer knows the pushed request'],
  ['request_not_supported', 'it takes no request objects'],
  ['request_uri_not_supported', 'it takes no pushed requests'],
  ['registration_not_supported', 'it takes no registration with a request'],
]);

function invalid(provider: string, why: string): Fault {
  return new Fault('STATE_INVALID', { provider, why });
}
