/** The recurring jobs of connecting: attempts whose time is over, and revocations that failed. Made by app.ts for createJobs. */
import type { Connect } from '../connect/create-connect.js';
import type { Logger } from '../observe/logger.js';
import type { Metrics } from '../observe/measures.js';
import type { JobDefinition } from './job-definition.js';

export interface ConnectJobsParts {
  readonly connect: Pick<Connect, 'purgeExpired' | 'retryRevocations'>;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'rowsPurged'>;
}

const purgeKinds = ['pending', 'completed', 'disconnections'] as const;

export function connectJobs({ connect, log, metrics }: ConnectJobsParts): JobDefinition[] {
  return [
    {
      name: 'purge-expired-authorizations',
      every: '10 minutes',
      async run() {
        const purged = await connect.purgeExpired();
        for (const kind of purgeKinds) metrics.rowsPurged({ kind, count: purged[kind] });
        log.info({ event: 'authorizations.purged', ...purged });
      },
    },
    {
      name: 'retry-revocations',
      every: '1 minute',
      async run() {
        await connect.retryRevocations();
      },
    },
  ];
}
