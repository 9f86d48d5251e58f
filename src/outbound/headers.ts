/** Which headers go out and which come in. No cookie passes in either direction; what belongs to the connection is the
 *  connection's business; an answer that is read here is asked for without a content encoding. Called by
 *  create-outbound.ts and create-streams.ts. */
const NEVER_SENT = new Set([
  'connection',
  'content-length',
  'cookie',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

export function headersToSend(headers: Readonly<Record<string, string>>): Record<string, string> {
  return { 'user-agent': 'Latchkey', ...allowedHeaders(headers), 'accept-encoding': 'identity' };
}

/** For a body that is passed on as it comes: whoever asked for an encoding decodes it. */
export function streamHeadersToSend(headers: Readonly<Record<string, string>>): Record<string, string> {
  return { 'user-agent': 'Latchkey', 'accept-encoding': 'identity', ...allowedHeaders(headers) };
}

function allowedHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const sent: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const lowerName = name.toLowerCase();
    if (!NEVER_SENT.has(lowerName)) sent[lowerName] = value;
  }
  return sent;
}

export function headersReceived(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string | readonly string[]> {
  const received: Record<string, string | readonly string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && name !== 'set-cookie') received[name] = value;
  }
  return received;
}

/** The one value of a header, or null where there is none or several. */
export function singleHeader(
  headers: Readonly<Record<string, string | readonly string[]>>,
  name: string,
): string | null {
  const value = headers[name];
  return typeof value === 'string' ? value : null;
}
