/** oauth4webapi's way out: its `fetch` is our outbound door. Called by every file of this room that asks a provider. */
import { allowInsecureRequests, customFetch, type CustomFetchOptions } from 'oauth4webapi';
import type { Outbound, OutboundAnswer } from '../outbound/outbound.js';
import type { Provider } from '../providers/provider.js';

export interface ProviderCall {
  readonly outbound: Outbound;
  readonly provider: Provider;
  readonly allowedOrigins: readonly string[];
  readonly timeoutMs: number;
  readonly maxBytes: number;
  /** Sees each answer as it came, before the library reads it. */
  readonly onAnswer?: (answer: OutboundAnswer) => void;
}

export interface ProviderRequestOptions {
  [customFetch]: (url: string, options: CustomFetchOptions<string, unknown>) => Promise<Response>;
  [allowInsecureRequests]: boolean;
}

/** Options for a request of oauth4webapi. Plain http is let through for loopback alone; outbound checks that again. */
export function requestOptions(call: ProviderCall): ProviderRequestOptions {
  return {
    [customFetch]: async (url, { method, headers, body }) => {
      const answer = await call.outbound.send({
        url,
        method: method === 'POST' ? 'POST' : 'GET',
        headers,
        ...(body instanceof URLSearchParams ? { body: body.toString() } : {}),
        allowedOrigins: call.allowedOrigins,
        network: call.provider.network,
        timeoutMs: call.timeoutMs,
        maxBytes: call.maxBytes,
      });
      call.onAnswer?.(answer);
      return toResponse(answer);
    },
    [allowInsecureRequests]: call.provider.network === 'loopback',
  };
}

/** A Response cannot hold every status or a body with each; what it cannot hold reads as a bad gateway without a body. */
export function toResponse(answer: OutboundAnswer): Response {
  const isSpeakable = answer.status >= 200 && answer.status <= 599;
  const hasBody = isSpeakable && ![204, 205, 304].includes(answer.status);
  const headers = new Headers();
  for (const [name, value] of Object.entries(answer.headers)) {
    if (typeof value === 'string') headers.set(name, value);
  }
  return new Response(hasBody ? Buffer.from(answer.body) : null, {
    status: isSpeakable ? answer.status : 502,
    headers,
  });
}
