/** What stands in redirect_uri: the address itself (RFC 6749 §4.1.1, §4.1.3), or the name under which the provider has it.
 *  Called for the authorization request and for the code's exchange, which have to say the same. */
import type { Provider } from '../providers/provider.js';

export function redirectUriFor({ dialect }: Provider, redirectUri: string): string {
  return dialect.redirectUriAs ?? redirectUri;
}
