/** Faults of a request that HTTP itself has a status for. Thrown by server.ts and the routes, answered by
 *  problem-answer.ts or in a route's own shape. The sentence is for the caller and never repeats what was sent. */

interface HttpFaultEntry {
  readonly status: number;
  readonly sentence: string;
}

export const httpFaults = {
  BAD_REQUEST: { status: 400, sentence: 'The request could not be read. Check its body, headers and path.' },
  NOT_FOUND: { status: 404, sentence: 'Nothing is served at this path. The GraphQL API is at /graphql.' },
  STREAM_NOT_FOUND: {
    status: 404,
    sentence: 'There is no such stream of yours here. Reserve one with PUT and send its token.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    sentence: 'This path does not serve this method. The Allow header lists those it serves.',
  },
  REQUEST_TIMEOUT: { status: 408, sentence: 'The request did not arrive in time. Send it again.' },
  CONFLICT: { status: 409, sentence: 'This stream is open already, or has an operation of this name.' },
  PAYLOAD_TOO_LARGE: { status: 413, sentence: 'The body is longer than this path takes. Send less at once.' },
  URI_TOO_LONG: { status: 414, sentence: 'The address is longer than is served. Send the values in a body.' },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    sentence: 'This path does not take a body of this media type. Send application/json to /graphql.',
  },
  MISDIRECTED_REQUEST: {
    status: 421,
    sentence:
      'This server does not answer for this Host. Use its own address, or have the operator list this one in LATCHKEY_ALLOWED_HOSTS.',
  },
  HEADERS_TOO_LARGE: { status: 431, sentence: 'The headers are longer than is served. Send fewer or shorter ones.' },
  UNAVAILABLE: { status: 503, sentence: 'Latchkey is starting or stopping. Try again in a moment.' },
} as const satisfies Record<string, HttpFaultEntry>;

export type HttpFaultCode = keyof typeof httpFaults;

export class HttpFault extends Error {
  override readonly name = 'HttpFault';
  readonly statusCode: number;

  constructor(
    readonly code: HttpFaultCode,
    cause?: unknown,
  ) {
    super(httpFaults[code].sentence, { cause });
    this.statusCode = httpFaults[code].status;
  }
}

/** The fault that goes with a status in the 400s, for errors that the server's parts throw; BAD_REQUEST for any other. */
export function httpFaultOf(status: number, cause: unknown): HttpFault {
  const found = (Object.keys(httpFaults) as HttpFaultCode[]).find((code) => httpFaults[code].status === status);
  return new HttpFault(found ?? 'BAD_REQUEST', cause);
}
