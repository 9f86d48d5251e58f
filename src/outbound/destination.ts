/** Checks where a request wants to go before anything is opened: scheme, credentials, origin, literal address.
 *  Called for every request. The URL's path and query never stand in an error: they may hold what
 *  is not for a log. */
import { isAddressAllowed, literalAddress } from './address-policy.js';
import { OutboundError, type OutboundRequest } from './outbound.js';

/** The parsed URL. Throws OutboundError `refused_origin` or `refused_address`. */
export function checkDestination(request: Pick<OutboundRequest, 'url' | 'network' | 'allowedOrigins'>): URL {
  const url = URL.canParse(request.url) ? new URL(request.url) : null;
  if (url === null) throw new OutboundError('refused_origin', 'the address is not an absolute URL');
  const isSchemeAllowed = url.protocol === 'https:' || (url.protocol === 'http:' && request.network === 'loopback');
  if (!isSchemeAllowed) throw new OutboundError('refused_origin', `${url.protocol}// is refused for ${url.host}`);
  if (url.username !== '' || url.password !== '') {
    throw new OutboundError('refused_origin', `a URL with credentials in it is refused for ${url.host}`);
  }
  if (!request.allowedOrigins.some((origin) => sameOrigin(origin, url))) {
    throw new OutboundError('refused_origin', `${url.origin} is not among the origins allowed for this request`);
  }
  const literal = literalAddress(url.hostname);
  if (literal !== null && !isAddressAllowed(literal, request.network)) {
    throw new OutboundError('refused_address', `${literal} is refused`);
  }
  return url;
}

function sameOrigin(origin: string, url: URL): boolean {
  return origin === url.origin || (URL.canParse(origin) && new URL(origin).origin === url.origin);
}
