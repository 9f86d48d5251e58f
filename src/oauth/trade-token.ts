/** Trades the access token that a code brought for one that lives longer, where a provider's definition says how. Called by
 *  code-grant.ts, once, before anything is stored. The answer is read as the token endpoint's is. */
import type { Clock } from '../clock.js';
import { OutboundError, type Outbound } from '../outbound/outbound.js';
import type { ExchangeRequest } from '../providers/dialect.js';
import type { Provider } from '../providers/provider.js';
import { oneSecret, type ClientSecrets } from './client-secrets.js';
import { toTokenAnswer } from './read-token-answer.js';
import type { TokenAnswer } from './token-answer.js';
import { opinionOf, readRawAnswer, TOKEN_TIMEOUT_MS, type TokenEndpointOutcome } from './token-endpoint.js';
import { sortOutboundError } from './token-failure.js';
import { failAs } from './token-fault.js';

const MAX_BYTES = 64 * 1024;

export interface TokenTrade {
  readonly outbound: Outbound;
  readonly clock: Clock;
  readonly clientSecrets?: ClientSecrets | undefined;
  readonly provider: Provider;
  readonly tokens: TokenAnswer;
}

/** Throws PROVIDER_RATE_LIMITED, PROVIDER_UNAVAILABLE, PROVIDER_MISCONFIGURED or STATE_INVALID. */
export async function tradeToken(trade: TokenTrade): Promise<TokenAnswer> {
  const { provider, tokens, clientSecrets = oneSecret } = trade;
  const { exchange } = provider.dialect;
  if (exchange === null) return tokens;
  const outcome = await clientSecrets.use(
    provider,
    (known) => send(exchange, { ...trade, provider: known }),
    opinionOf,
  );
  if (outcome.kind === 'failed') return failAs(outcome.failure, provider);
  const facts = { sentAt: outcome.sentAt, subject: null, provider, isConsent: true };
  const traded = toTokenAnswer(outcome.members, facts);
  return {
    ...traded,
    refreshToken: traded.refreshToken ?? tokens.refreshToken,
    refreshTokenExpiresAt: traded.refreshTokenExpiresAt ?? tokens.refreshTokenExpiresAt,
    grantedScopes: traded.grantedScopes ?? tokens.grantedScopes,
    subject: tokens.subject ?? traded.subject,
    providerValues: { ...tokens.providerValues, ...traded.providerValues },
  };
}

async function send(
  exchange: ExchangeRequest,
  { provider, tokens, outbound, clock }: TokenTrade,
): Promise<TokenEndpointOutcome> {
  const sentAt = clock.now();
  const url = new URL(exchange.url);
  const parameters = withSecrets(exchange, provider, tokens);
  const isGet = exchange.method === 'GET';
  if (isGet) parameters.forEach((value, name) => url.searchParams.set(name, value));
  const accept = { accept: 'application/json' };
  const form = { ...accept, 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' };
  try {
    const answer = await outbound.send({
      url: url.href,
      method: exchange.method,
      ...(isGet ? { headers: accept } : { headers: form, body: parameters.toString() }),
      allowedOrigins: [url.origin],
      network: provider.network,
      timeoutMs: TOKEN_TIMEOUT_MS,
      maxBytes: MAX_BYTES,
    });
    return readRawAnswer({ provider, speech: 'token' }, { answer, sentAt });
  } catch (error) {
    if (error instanceof OutboundError) return { kind: 'failed', failure: sortOutboundError(error) };
    throw error;
  }
}

function withSecrets({ parameters }: ExchangeRequest, { client }: Provider, tokens: TokenAnswer): URLSearchParams {
  // A client without a secret has no place for one: check-requests.ts has seen to it.
  const clientSecret = 'secret' in client ? client.secret.expose() : '';
  const secrets: Readonly<Record<string, string>> = { clientSecret, accessToken: tokens.accessToken.expose() };
  const filled = Object.entries(parameters).map(([name, text]): [string, string] => {
    // In one go: what one secret holds is never taken for the place of the other.
    return [
      name,
      text.replaceAll(/\{(clientSecret|accessToken)\}/g, (whole, secret: string) => secrets[secret] ?? whole),
    ];
  });
  return new URLSearchParams(filled);
}
