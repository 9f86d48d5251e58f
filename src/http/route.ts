/** One row of the table of routes: what a server of Latchkey answers, who may call it and how much it may send.
 *  Made by the files in routes/, the pages and graphql-mount.ts; read by server.ts. */
import type { FastifyReply, FastifyRequest } from 'fastify';

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'ANY';
  /** As fastify writes paths: /oauth/callback/:provider, /playground/*. A GET route also answers HEAD. ANY is for bodies that flow: none is parsed or
   *  bounded, the handler is waited for as long as it takes and answers by itself (stream-route.ts). */
  readonly path: string;
  /** `caller` refuses requests without a valid bearer token before the handler runs (see callerOf). */
  readonly who: 'anyone' | 'caller';
  /** A longer body is refused with 413. */
  readonly bodyLimitBytes: number;
  /** The media type of its body; any other is refused with 415. Left out, a route that may have a body takes a form. */
  readonly accepts?: 'application/json' | 'application/x-www-form-urlencoded';
  /** For probes of the operator's own machines: not counted, whoever asks how often. */
  readonly isUnlimited?: boolean;
  /** The handler lets requests in by itself (admission.ts), and holds its own deadline. */
  readonly admitsItself?: boolean;
  /** Whether the apps of the configured origins may call it from a browser; no by default. Never with cookies. */
  readonly isOpenToApps?: boolean;
  /** Answers with what it returns, or sends by itself and returns the reply. What it throws becomes an answer. */
  handle(request: FastifyRequest, reply: FastifyReply): Promise<unknown>;
  /** Answers what was thrown before or in the handler; a problem document (problem-answer.ts) when left out. */
  handleFault?: (error: unknown, request: FastifyRequest, reply: FastifyReply) => unknown;
}
