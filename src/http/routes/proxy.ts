/** /proxy/:provider/* — any call of a provider's API, with the caller's own token there, both bodies as they flow. Called by
 *  server.ts through the route table. An answer of the provider's carries Latchkey-Account; one of Latchkey's own does not.
 *  Must never: keep an answer of a provider's from being sandboxed. It stands on our origin. */
import type { OutgoingHttpHeaders } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { apiActionOf } from '../../callers/actions.js';
import { actFor, type OnBehalfOf } from '../../callers/actor.js';
import { fail } from '../../errors.js';
import type { Logger } from '../../observe/logger.js';
import type { ApiAnswer, ApiCall, CallApi } from '../../proxy/call-api.js';
import { bodyOfBytes, bodyOfStream, type ReplayableBody } from '../../proxy/replayable-body.js';
import { hasBody } from '../body-time.js';
import { callerOf } from '../request-caller.js';
import type { Route } from '../route.js';

export interface ProxyRouteParts {
  readonly callApi: CallApi;
  readonly log: Logger;
}

export function proxyRoutes({ callApi, log }: ProxyRouteParts): Route[] {
  return [
    {
      method: 'ANY',
      path: '/proxy/:provider/*',
      who: 'caller',
      bodyLimitBytes: Infinity,
      isOpenToApps: true,
      handle: (request, reply) => forward(request, reply),
    },
  ];

  async function forward(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const gone = new AbortController();
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished) gone.abort(new Error('the caller is gone'));
    });
    try {
      await callApi.call(callOf(request, gone.signal), (answer) => deliver(answer, reply));
    } catch (error) {
      if (!gone.signal.aborted && !reply.sent) throw error;
      // Half an answer cannot be made another one: it ends, and whoever reads it sees that it is cut.
      if (!gone.signal.aborted) log.warn({ event: 'proxy.cut', err: error });
      reply.hijack();
      reply.raw.destroy();
    }
  }
}

function callOf(request: FastifyRequest, signal: AbortSignal): ApiCall {
  const caller = callerOf(request);
  const { providerId, path } = targetOf(request);
  const { method } = request;
  const { accountId, apiOrigin, onBehalfOf } = wishesOf(request);
  return {
    actor: actFor(caller, { action: apiActionOf(method), onBehalfOf, providerId, requestId: request.id }),
    role: caller.role,
    providerId,
    accountId,
    apiOrigin,
    method,
    path,
    headers: request.headers,
    body: bodyOf(request),
    signal,
  };
}

/** From the bytes of the request line: what the router has decoded is not what was sent. */
function targetOf({ raw }: FastifyRequest): { providerId: string; path: string } {
  const [, providerId, path] = /^\/proxy\/([a-z0-9-]{1,64})(\/.*)$/s.exec(raw.url ?? '') ?? [];
  if (providerId === undefined || path === undefined) {
    return fail('BAD_USER_INPUT', { field: 'path', why: 'Write the address as /proxy/<provider>/<path>, plainly.' });
  }
  return { providerId, path };
}

interface Wishes {
  readonly accountId: string | null;
  readonly apiOrigin: string | null;
  readonly onBehalfOf: OnBehalfOf | null;
}

const KNOWN = ['latchkey-account', 'latchkey-api-origin', 'latchkey-on-behalf-of', 'latchkey-reason'] as const;

/** A misspelt header must not make an act on behalf of somebody an act of one's own. */
function wishesOf({ headers }: FastifyRequest): Wishes {
  if (headers.upgrade !== undefined && !/^h2c$/i.test(headers.upgrade)) {
    fail('BAD_USER_INPUT', {
      field: 'Upgrade',
      why: 'No other protocol is spoken here: leave the header Upgrade out.',
    });
  }
  const names = Object.keys(headers).filter((name) => /^latchkey[-_]/.test(name));
  const unknown = names.find((name) => !KNOWN.some((known) => known === name));
  if (unknown !== undefined) {
    fail('BAD_USER_INPUT', {
      field: unknown,
      why: `There is no header "${unknown}" here. There are: ${KNOWN.join(', ')}.`,
    });
  }
  const [accountId, apiOrigin, userId, reason] = KNOWN.map((name) => textOf(headers[name]));
  if (reason !== null && userId === null) {
    fail('BAD_USER_INPUT', { field: 'Latchkey-On-Behalf-Of', why: 'Latchkey-Reason goes with Latchkey-On-Behalf-Of.' });
  }
  return {
    accountId: accountId ?? null,
    apiOrigin: apiOrigin ?? null,
    onBehalfOf: userId === null || userId === undefined ? null : { userId, reason: reason ?? '' },
  };
}

/** Node.js reads a header's bytes as Latin-1; people write UTF-8. */
function textOf(value: string | string[] | undefined): string | null {
  if (typeof value !== 'string') return null;
  const text = Buffer.from(value, 'latin1').toString('utf8');
  return text.includes('\ufffd') ? value : text;
}

function bodyOf({ raw }: FastifyRequest): ReplayableBody {
  if (!hasBody(raw)) return bodyOfBytes(null);
  const length = raw.headers['content-length'];
  return bodyOfStream(raw, length === undefined ? null : Number(length));
}

/** Whatever a provider sends as a page, it runs nothing, loads nothing and is nobody's frame. */
const isolation = {
  'content-security-policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
  'x-content-type-options': 'nosniff',
};

async function deliver({ status, headers, body, account }: ApiAnswer, reply: FastifyReply): Promise<void> {
  reply.hijack();
  for (const [name, value] of Object.entries(headers)) if (!reply.hasHeader(name)) reply.header(name, value);
  if (headers['vary'] !== undefined) reply.header('vary', ['Origin', headers['vary']].flat().join(', '));
  reply.headers(isolation).header('latchkey-account', account.id);
  const sent = Object.entries(reply.getHeaders()).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  );
  reply.raw.writeHead(status, Object.fromEntries(sent) as OutgoingHttpHeaders);
  // What comes at once goes out with the headers; what takes its time does not hold them back.
  if (body.readableLength === 0 && !body.readableEnded) reply.raw.flushHeaders();
  await pipeline(body, reply.raw);
}
