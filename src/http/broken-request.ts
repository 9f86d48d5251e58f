/** Answers bytes that are no HTTP request, straight on the socket: no route or log of ours has seen them yet.
 *  Called by the server (server.ts). */
import { STATUS_CODES } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { httpFaults } from './http-fault.js';
import type { HttpFaultCode } from './http-fault.js';

export function answerBrokenRequest(
  error: NodeJS.ErrnoException,
  socket: Socket,
  headers: Readonly<Record<string, string>>,
): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (socket.writable) socket.write(answerTo(error, headers));
  socket.destroy();
}

/** `Expect` with anything but 100-continue (RFC 9110 §10.1.1), which Node would answer with a bare 417. */
export function refuseExpectation(
  _request: IncomingMessage,
  response: ServerResponse,
  headers: Readonly<Record<string, string>>,
): void {
  response.writeHead(417, { ...headers, connection: 'close' }).end();
}

function answerTo({ code }: NodeJS.ErrnoException, headers: Readonly<Record<string, string>>): string {
  const fault = faultOf(code);
  const { status, sentence } = httpFaults[fault];
  const title = STATUS_CODES[status] ?? fault;
  const body = JSON.stringify({ type: 'about:blank', title: fault, status, detail: sentence, code: fault });
  return [
    `HTTP/1.1 ${status} ${title}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    '',
    body,
  ].join('\r\n');
}

function faultOf(code: string | undefined): HttpFaultCode {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'REQUEST_TIMEOUT';
  return code === 'HPE_HEADER_OVERFLOW' ? 'HEADERS_TOO_LARGE' : 'BAD_REQUEST';
}
