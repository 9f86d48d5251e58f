/** Who sent a callback (RFC 9207 §2.4): the defence against mix-up, where an attacker's server answers in another's
 *  place. Called by code-grant.ts before a code is sent, and for error callbacks before they are believed. */
import type { AuthorizationServer } from 'oauth4webapi';
import { fail } from '../errors.js';
import type { Provider } from '../providers/provider.js';

/** Throws STATE_INVALID for a wrong `iss`, and for none from a provider that says it always sends one. A provider whose
 *  definition knows no issuer is told from others by its redirect URI, which it has for itself. */
export function assertIssuerMatches(iss: string | null, metadata: AuthorizationServer, provider: Provider): void {
  if (provider.issuer === null) return;
  if (iss === null && metadata.authorization_response_iss_parameter_supported !== true) return;
  if (iss === metadata.issuer) return;
  const why =
    iss === null
      ? `The answer does not say that it comes from the provider "${provider.id}", which always says so.`
      : `The answer comes from somebody else than the provider "${provider.id}".`;
  fail('STATE_INVALID', { provider: provider.id, why });
}
