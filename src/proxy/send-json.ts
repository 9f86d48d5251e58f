/** Calls a provider's API with JSON and reads the answer whole: what sendProviderRequest does. Called by graphql, under the
 *  rules of call-api.ts. Any answer is an answer, whatever its status; secrets in it are masked. */
import type { ConnectedAccount } from '../accounts/connected-account.js';
import type { Clock } from '../clock.js';
import { Fault, fail } from '../errors.js';
import { isDeeperThan, type JsonValue } from '../outbound/strict-json.js';
import type { ApiAnswer, ApiCall, CallApi } from './call-api.js';
import { maskBytes } from './mask-secrets.js';
import { bodyOfBytes } from './replayable-body.js';

export interface JsonCall extends Pick<ApiCall, 'actor' | 'role' | 'providerId' | 'accountId' | 'path'> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Null sends none. */
  readonly body: JsonValue;
}

export interface JsonAnswer {
  readonly status: number;
  /** A text where the answer is one that is no JSON; null where it is empty or neither. */
  readonly body: JsonValue;
  readonly account: ConnectedAccount;
}

export interface SendJson {
  /** Throws what call-api.ts throws; PROVIDER_UNAVAILABLE also for an answer that is too long, too deep or too slow. */
  send(call: JsonCall): Promise<JsonAnswer>;
}

/** Less than a GraphQL request is waited for (LATCHKEY_LIMIT_REQUEST_SECONDS). */
const TIME_LIMIT_MS = 25_000;
const MAX_BYTES = 1024 * 1024;
const MAX_DEPTH = 64;

export function createSendJson({ callApi, clock }: { readonly callApi: CallApi; readonly clock: Clock }): SendJson {
  return {
    async send({ body, ...call }) {
      if (body !== null && call.method === 'GET') {
        fail('BAD_USER_INPUT', { field: 'body', why: 'A GET has no body: put what you ask into the path.' });
      }
      const over = new AbortController();
      const { providerId } = call;
      const isSlow = new Fault('PROVIDER_UNAVAILABLE', { provider: providerId }, 'api: no whole answer in time');
      const stop = clock.alarm(TIME_LIMIT_MS, () => over.abort(isSlow));
      const bytes = body === null ? null : Buffer.from(JSON.stringify(body));
      const headers = { accept: 'application/json', ...(bytes ? { 'content-type': 'application/json' } : {}) };
      const whole = { ...call, headers, apiOrigin: null, body: bodyOfBytes(bytes), signal: over.signal };
      try {
        return await callApi.call(whole, (answer) => readWhole(answer, providerId));
      } finally {
        stop();
      }
    },
  };
}

async function readWhole(answer: ApiAnswer, providerId: string): Promise<JsonAnswer> {
  const { status, account, secrets } = answer;
  const bytes = maskBytes(await readBounded(answer, providerId), secrets);
  return { status, account, body: readBody(bytes, providerId) };
}

async function readBounded({ body }: ApiAnswer, providerId: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      length += chunk.byteLength;
      if (length > MAX_BYTES) failAs(providerId, 'longer than 1 MiB: ask for less at once, or use /proxy');
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof Fault) throw error;
    fail('PROVIDER_UNAVAILABLE', { provider: providerId }, { detail: 'api: the answer was cut off', cause: error });
  }
  return Buffer.concat(chunks, length);
}

function readBody(bytes: Buffer, providerId: string): JsonValue {
  if (bytes.length === 0) return null;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue; // RFC 8259 values are what JSON.parse gives
  } catch {
    return text;
  }
  return isDeeperThan(value, MAX_DEPTH) ? failAs(providerId, 'nested too deep to be passed on') : value;
}

function failAs(providerId: string, what: string): never {
  return fail('PROVIDER_UNAVAILABLE', {
    provider: providerId,
    why: `The provider "${providerId}" gave an answer that is ${what}.`,
  });
}
