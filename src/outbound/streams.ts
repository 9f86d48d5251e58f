/** The contract of requests whose bodies flow, beside the ones of outbound.ts, whose answers are read whole. The same door:
 *  allow-listed origins, addresses checked at connect time, redirects returned and not followed, nothing decoded. What is
 *  bounded is not length but silence, and memory: as much is taken from one side as the other side takes. */
import type { Readable } from 'node:stream';
import type { OutboundRequest } from './outbound.js';

export interface StreamRequest extends Pick<OutboundRequest, 'url' | 'allowedOrigins' | 'network'> {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Taken as the provider takes it. What it throws ends the request. */
  readonly body: AsyncIterable<Uint8Array> | Uint8Array | null;
  /** The length of a body that flows; null where nobody knows it, and it goes out in chunks. */
  readonly bodyBytes: number | null;
  /** From the last byte of the request to the first one of the answer. */
  readonly firstByteMs: number;
  /** Without a byte of either body while one is waited for. */
  readonly idleMs: number;
  /** Ends the request, and the answer where that has begun. */
  readonly signal: AbortSignal;
}

export interface StreamedAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** To be read to its end, destroyed, or discarded. It fails when it is cut off, falls silent, or the signal ends it. */
  readonly body: Readable;
  /** For an answer that nobody wants: lets the connection be used again where little is left of it. */
  discard(): Promise<void>;
}

export interface OutboundStreams {
  /** Sends once, and answers as soon as the answer's headers are here. Throws OutboundError; what the signal was aborted
   *  with when it was. */
  open(request: StreamRequest): Promise<StreamedAnswer>;
  /** Ends what is under way. */
  close(): Promise<void>;
}
