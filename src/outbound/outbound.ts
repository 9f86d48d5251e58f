/** The only door to other people's servers. Its contract: a request goes to an allow-listed origin or nowhere; the
 *  address is checked after DNS, at connect time; a redirect is returned, never followed; bytes and time are bounded;
 *  no content encoding is asked for or decoded. */

export interface OutboundRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Origins that this request may go to. The caller states them; they never come from the url itself. */
  readonly allowedOrigins: readonly string[];
  readonly network: 'public' | 'loopback';
  readonly timeoutMs: number;
  /** An answer longer than this is cut off and reported as `too_large`. */
  readonly maxBytes: number;
  /** Cut off, and no fault: for whom the status says enough. */
  readonly mayBeCut?: true;
}

export interface OutboundAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Uint8Array;
}

/** `not_sent`: nothing went out (DNS, connect, TLS, refused address or origin), so it is free to send again.
 *  `no_answer`: sent, but no whole answer came (time-out, reset, cut).  `too_large`: the answer passed maxBytes. */
export type OutboundFailure = 'refused_origin' | 'refused_address' | 'not_sent' | 'no_answer' | 'too_large';

export class OutboundError extends Error {
  override readonly name = 'OutboundError';
  constructor(
    readonly failure: OutboundFailure,
    message: string,
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

export interface Outbound {
  /** Sends once. Throws OutboundError. */
  send(request: OutboundRequest): Promise<OutboundAnswer>;
  /** Closes kept-alive connections. */
  close(): Promise<void>;
}
