/** An issuer of JWTs with keys made by jose and a real HTTP server on loopback for its discovery document and key set.
 *  What it publishes can be changed while it runs, and each request to it is counted. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose';

export interface IssuerKey {
  readonly kid: string;
  readonly algorithm: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

export interface JwtIssuer {
  /** http://127.0.0.1:port */
  readonly url: string;
  readonly jwksUrl: string;
  /** Requests that came in, by path. */
  readonly requests: Record<string, number>;
  /** The keys that are published. */
  publish(...keys: readonly IssuerKey[]): void;
  /** What is answered instead, until null is given: a status with a body, or a connection that is cut. */
  answerWith(answer: { readonly status: number; readonly body: string } | 'cut' | null): void;
  /** Replaces members of the discovery document. */
  changeDiscovery(members: Readonly<Record<string, unknown>>): void;
  close(): Promise<void>;
}

export async function makeIssuerKey(kid: string, algorithm = 'ES256'): Promise<IssuerKey> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
  return {
    kid,
    algorithm,
    privateKey,
    publicJwk: { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' },
  };
}

export interface JwtOptions {
  readonly key: IssuerKey;
  readonly claims: JWTPayload;
  /** Members of the protected header beside alg and kid. */
  readonly header?: Readonly<Record<string, unknown>>;
}

export function signJwt({ key, claims, header = {} }: JwtOptions): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: key.algorithm, kid: key.kid, ...header }).sign(key.privateKey);
}

export async function startJwtIssuer(): Promise<JwtIssuer> {
  const requests: Record<string, number> = {};
  let keys: readonly IssuerKey[] = [];
  let discovery: Readonly<Record<string, unknown>> = {};
  let instead: { readonly status: number; readonly body: string } | 'cut' | null = null;

  const server = createServer((request, response) => {
    const path = request.url ?? '';
    requests[path] = (requests[path] ?? 0) + 1;
    if (instead === 'cut') {
      request.socket.destroy();
      return;
    }
    const documents: Record<string, unknown> = {
      '/jwks': { keys: keys.map(({ publicJwk }) => publicJwk) },
      '/.well-known/openid-configuration': { issuer: url, jwks_uri: `${url}/jwks`, ...discovery },
    };
    const { status, body } = instead ?? {
      status: path in documents ? 200 : 404,
      body: JSON.stringify(documents[path]),
    };
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url,
    jwksUrl: `${url}/jwks`,
    requests,
    publish: (...published) => void (keys = published),
    answerWith: (answer) => void (instead = answer),
    changeDiscovery: (members) => void (discovery = members),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
