/** The discovery document of the bench's providers (RFC 8414 §3.2). Called by their processes. */
export function discoveryDocument(url: string): string {
  return JSON.stringify({
    issuer: url,
    authorization_endpoint: `${url}/authorize`,
    token_endpoint: `${url}/token`,
    userinfo_endpoint: `${url}/me`,
    jwks_uri: `${url}/jwks`,
  });
}
