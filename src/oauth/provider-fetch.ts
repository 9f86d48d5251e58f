/** oauth4webapi's way out: its `fetch` is our outbound door. Called by every file of this room that asks a provider.
 *  Here, and nowhere else in this room, a provider's dialect is spoken: what the library writes becomes what the provider
 *  takes, and what the provider answers becomes what the library and we read. */
import { allowInsecureRequests, customFetch, type CustomFetchOptions } from 'oauth4webapi';
import type { Outbound, OutboundAnswer, OutboundRequest } from '../outbound/outbound.js';
import type { Call } from '../providers/dialect.js';
import type { Provider } from '../providers/provider.js';
import { rewriteRequest, type WireRequest, type WrittenRequest } from '../providers/rewrite-request.js';
import { toStandardAnswer } from '../providers/standard-answer.js';

export interface ProviderCall {
  readonly outbound: Outbound;
  readonly provider: Provider;
  /** Where the request may go: an endpoint of the provider's definition or checked discovery document. */
  readonly endpoint: string;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  /** Set for requests that have a dialect; they go to `endpoint` itself. */
  readonly speech?: Exclude<Call, 'me'>;
  /** Parameters that belong to this one request. */
  readonly values?: Readonly<Record<string, string>>;
  /** Gets the answer before anybody reads it; what is read waits for it. */
  readonly keepRaw?: (answer: OutboundAnswer) => Promise<void>;
}

export interface ProviderRequestOptions {
  [customFetch]: (url: string, options: CustomFetchOptions<string, unknown>) => Promise<Response>;
  [allowInsecureRequests]: boolean;
}

/** Lets the library make and send one request, and gives the answer as it came, whatever its status.
 *  Throws OutboundError. */
export async function sendOnce(
  call: ProviderCall,
  request: (options: ProviderRequestOptions) => Promise<unknown>,
): Promise<OutboundAnswer> {
  const answers: OutboundAnswer[] = [];
  await request(requestOptions(call, (answer) => answers.push(answer)));
  const [answer] = answers;
  if (answer === undefined || answers.length > 1)
    throw new Error(`sent ${answers.length} requests where one was meant`);
  return answer;
}

/** Options for a request of the library that reads its answer by itself. Plain http is let through for loopback alone;
 *  outbound checks that again. */
export function requestOptions(
  call: ProviderCall,
  onAnswer?: (answer: OutboundAnswer) => void,
): ProviderRequestOptions {
  return {
    [customFetch]: async (url, { method, headers, body }) => {
      const given = body instanceof URLSearchParams ? { headers, form: body } : null;
      const written = given ? write(call, given) : { headers, query: null, body: null };
      const answer = await send(call, {
        url: addQuery(call.speech ? call.endpoint : url, written.query),
        method: methodOf(call, method),
        headers: withoutItsName(written.headers),
        ...(written.body !== null && { body: written.body }),
        allowedOrigins: [new URL(call.endpoint).origin],
        network: call.provider.network,
        timeoutMs: call.timeoutMs,
        maxBytes: call.maxBytes,
      });
      onAnswer?.(answer);
      return toResponse(answer);
    },
    [allowInsecureRequests]: call.provider.network === 'loopback',
  };
}

async function send(call: ProviderCall, request: OutboundRequest): Promise<OutboundAnswer> {
  const { outbound, provider, speech, keepRaw } = call;
  const answer = await outbound.send(request);
  await keepRaw?.(answer);
  return speech ? toStandardAnswer(provider.dialect, speech, answer) : answer;
}

/** The library would sign with its own name; the door gives ours. */
function withoutItsName(headers: WireRequest['headers']): WireRequest['headers'] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'user-agent'));
}

function methodOf({ speech, provider }: ProviderCall, method: string): 'GET' | 'POST' | 'DELETE' {
  if (speech) return provider.dialect[speech].method;
  return method === 'POST' ? 'POST' : 'GET';
}

function addQuery(address: string, query: URLSearchParams | null): string {
  if (query === null) return address;
  const url = new URL(address);
  for (const [name, value] of query) url.searchParams.append(name, value);
  return url.href;
}

function write({ speech, provider, values }: ProviderCall, request: WireRequest): WrittenRequest {
  if (!speech) return { headers: request.headers, query: null, body: request.form.toString() };
  return rewriteRequest(provider.dialect[speech], request, values);
}

const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/** A Response cannot hold every status, nor a body with each; what it cannot hold reads as a bad gateway. */
function toResponse(answer: OutboundAnswer): Response {
  const status = answer.status >= 200 && answer.status <= 599 ? answer.status : 502;
  const headers = new Headers();
  for (const [name, value] of Object.entries(answer.headers)) {
    if (typeof value === 'string') headers.set(name, value);
  }
  return new Response(WITHOUT_BODY.has(status) ? null : Buffer.from(answer.body), { status, headers });
}
