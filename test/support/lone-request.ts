/** One request on a connection of its own, as a load balancer's probe sends it: nothing is kept open between two. */
import { request } from 'node:http';

export interface LoneRequest {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface LoneAnswer {
  readonly status: number;
  readonly text: string;
}

/** Rejects where no connection is taken, or no whole answer comes. */
export function sendAlone({ url, method = 'GET', headers = {}, body }: LoneRequest): Promise<LoneAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers: { ...headers }, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
