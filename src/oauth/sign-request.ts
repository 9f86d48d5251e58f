/** The parameters that sign a revocation, for providers that want it signed and not only authenticated. Called by
 *  revocation.ts. The client's secret is the key of the signature and does not go out; a nonce is used once.
 *  The one scheme there is stands in providers/dialect.ts. */
import type { Clock } from '../clock.js';
import { fail } from '../errors.js';
import type { Outbound } from '../outbound/outbound.js';
import type { SignatureScheme } from '../providers/dialect.js';
import type { Provider } from '../providers/provider.js';
import { queryText } from '../providers/query-json.js';
import { readAnswer } from '../providers/read-answer.js';
import type { Secret } from '../secret.js';

const TIMEOUT_MS = 5_000;
const MAX_BYTES = 64 * 1024;

export interface RequestToSign {
  readonly provider: Provider;
  readonly outbound: Outbound;
  readonly clock: Clock;
}

/** Nothing where the provider asks for no signature. Throws OutboundError, or a Fault where no nonce was to be had. */
export async function signRequest(request: RequestToSign): Promise<Record<string, string>> {
  const { provider } = request;
  const { signature, add } = provider.dialect.revoke;
  if (signature === null) return {};
  const secret = secretOf(provider);
  const nonce = await askForNonce(request, signature, secret);
  const signed = { ...add, client_id: provider.client.id, nonce };
  return { client_id: provider.client.id, nonce, signature: await sign(signed, signature.signed, secret) };
}

async function askForNonce(
  { provider, outbound, clock }: RequestToSign,
  { nonce: how }: SignatureScheme,
  secret: Secret,
): Promise<string> {
  // Present: check-endpoints.ts asks for it where a signature is.
  const url = provider.endpoints.nonce ?? '';
  const timestamp = String(Math.floor(clock.now() / 1000));
  const values = { ...how.add, client_id: provider.client.id, timestamp };
  const body = new URLSearchParams({ ...values, signature: await sign(values, how.signed, secret) });
  const answer = await outbound.send({
    url,
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
    body: body.toString(),
    allowedOrigins: [new URL(url).origin],
    network: provider.network,
    timeoutMs: TIMEOUT_MS,
    maxBytes: MAX_BYTES,
  });
  const read = readAnswer(provider.dialect.answers, 'revoke', answer);
  const nonce = read.kind === 'content' && answer.status === 200 ? queryText(how.at, read.content) : null;
  return nonce ?? fail('PROVIDER_UNAVAILABLE', { provider: provider.id }, { detail: 'no nonce for a signature' });
}

/** The values of the signed parameters in the alphabetical order of their names, joined by commas. */
async function sign(values: Readonly<Record<string, string>>, names: readonly string[], key: Secret): Promise<string> {
  const text = names
    .toSorted()
    .map((name) => values[name] ?? '')
    .join(',');
  const encoder = new TextEncoder();
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const imported = await crypto.subtle.importKey('raw', encoder.encode(key.expose()), algorithm, false, ['sign']);
  return Buffer.from(await crypto.subtle.sign('HMAC', imported, encoder.encode(text))).toString('hex');
}

function secretOf({ id, client }: Provider): Secret {
  if ('secret' in client) return client.secret;
  const why = `The provider "${id}" wants requests signed with the client's secret, and the client has none.`;
  return fail('PROVIDER_MISCONFIGURED', { provider: id, why });
}
