/** Follows a subscription over the wire as a browser would, and gives its frames one by one. */

export interface Frame {
  readonly event: string;
  /** As JSON; null where there is none. */
  readonly data: unknown;
}

export interface EventReader {
  readonly status: number;
  readonly headers: Headers;
  /** The next frame that is no comment; null at the end. */
  next(): Promise<Frame | null>;
  /** `data` of the next frame's connectedAccountChanged. */
  nextChange(): Promise<Record<string, unknown>>;
  close(): void;
}

export const changes = 'subscription { connectedAccountChanged { type at accountId account { id status } } }';

export async function follow(
  url: string,
  token: string | null,
  { query = changes, ...init }: { readonly query?: string } & RequestInit = {},
): Promise<EventReader> {
  const abort = new AbortController();
  const response = await fetch(url, {
    method: 'POST',
    body: init.method === 'GET' ? null : JSON.stringify({ query }),
    ...init,
    headers: {
      accept: 'text/event-stream',
      'content-type': 'application/json',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(init.headers as Record<string, string> | undefined),
    },
    signal: abort.signal,
  });
  const chunks = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';

  async function next(): Promise<Frame | null> {
    for (;;) {
      const end = text.indexOf('\n\n');
      if (end >= 0) {
        const frame = text.slice(0, end);
        text = text.slice(end + 2);
        if (!frame.startsWith(':')) return toFrame(frame);
        continue;
      }
      const read = await chunks?.read().catch(() => undefined);
      if (!read || read.done) return null;
      text += read.value;
    }
  }

  return {
    status: response.status,
    headers: response.headers,
    next,
    async nextChange() {
      const frame = await next();
      const { data } = (frame?.data ?? {}) as { data?: { connectedAccountChanged?: Record<string, unknown> } };
      if (!data?.connectedAccountChanged) throw new Error(`No change came, but ${JSON.stringify(frame)}.`);
      return data.connectedAccountChanged;
    },
    close: () => abort.abort(),
  };
}

function toFrame(text: string): Frame {
  const [event = '', data = ''] = text.split('\n').map((line) => line.replace(/^(event|data):\s?/, ''));
  return { event, data: data === '' ? null : (JSON.parse(data) as unknown) };
}
