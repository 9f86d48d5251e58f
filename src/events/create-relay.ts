/** Chooses how events get to those who listen: through the PostgreSQL that instances share, or in this process alone. Called
 *  by app.ts. */
import type { Clock } from '../clock.js';
import type { DatabaseConfig } from '../config/config.js';
import type { Database } from '../database/database.js';
import { createNotices } from '../database/notices.js';
import type { Logger } from '../observe/logger.js';
import type { EventFeed } from './event-feed.js';
import { createRelay, type Relay } from './relay.js';

export interface EventRelayParts {
  readonly config: DatabaseConfig;
  readonly pool: Database['pool'];
  readonly feed: EventFeed;
  readonly clock: Clock;
  readonly log: Logger;
}

const CHANNEL = 'latchkey_events';

export function createEventRelay({ config, pool, feed, clock, log }: EventRelayParts): Relay {
  if (config.kind === 'sqlite' || !pool) return { ...feed, start: () => undefined, stop: async () => undefined };
  const notices = createNotices({ config, pool, channel: CHANNEL, clock, log });
  const relay = createRelay({ feed, notices, clock, log });
  return {
    ...relay,
    async stop() {
      await relay.stop();
      await notices.close();
    },
  };
}
