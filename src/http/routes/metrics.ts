/** /metrics, for a monitoring system that has the operator's token (docs/decisions/0013-metrics-access.md). Called by app.ts
 *  where a token is set; else the path does not exist. */
import { fail } from '../../errors.js';
import type { MetricsBook } from '../../observe/metrics.js';
import { Secret } from '../../secret.js';
import type { Route } from '../route.js';

export interface MetricsRouteParts {
  readonly book: Pick<MetricsBook, 'page'>;
  readonly token: Secret;
}

export function metricsRoutes({ book, token }: MetricsRouteParts): Route[] {
  return [
    {
      method: 'GET',
      path: '/metrics',
      who: 'anyone', // not a caller's JWT: who reads metrics is no user of the app
      bodyLimitBytes: 0,
      isUnlimited: true,
      async handle({ headers }, reply) {
        assertToken(headers.authorization, token);
        const { contentType, text } = await book.page();
        return reply.type(contentType).send(text);
      },
    },
  ];
}

function assertToken(header: string | undefined, token: Secret): void {
  const given = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1];
  if (given !== undefined && Secret.of(given).equals(token)) return;
  fail('UNAUTHENTICATED', {
    why: 'The request does not carry the metrics token.',
    expected: 'Send "Authorization: Bearer <token>" with the text of LATCHKEY_METRICS_TOKEN.',
  });
}
