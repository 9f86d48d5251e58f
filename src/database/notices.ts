/** Short messages between the instances that share a PostgreSQL (LISTEN and NOTIFY), on a connection of its own that is
 *  opened again whenever it is lost. Called by app.ts for events/relay.ts. What is sent while nobody listens is gone, so
 *  whoever listens is told each time that it has begun anew. */
import { Client } from 'pg';
import type { Pool } from 'pg';
import type { Clock } from '../clock.js';
import type { PostgresConfig } from '../config/config.js';
import type { Logger } from '../observe/logger.js';

export interface Notices {
  /** At most 8000 bytes of text (PostgreSQL's own limit). Throws what the database throws. */
  send(text: string): Promise<void>;
  /** Calls `begun` whenever it listens from now on, and `heard` for each message, those of this instance too. */
  listen(hearer: NoticeHearer): void;
  close(): Promise<void>;
}

export interface NoticeHearer {
  begun(): void;
  heard(text: string): void;
}

export interface NoticesParts {
  readonly config: PostgresConfig;
  readonly pool: Pick<Pool, 'query'>;
  readonly channel: string;
  readonly clock: Clock;
  readonly log: Logger;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
/** How often the connection is asked whether it lives: one whose other side is gone says nothing by itself. */
const PROBE_EVERY_MS = 10_000;
const PROBE_TIMEOUT_MS = 5_000;

export function createNotices({ config, pool, channel, clock, log }: NoticesParts): Notices {
  const ending = new AbortController();
  let listening: Promise<void> | null = null;

  return {
    send: async (text) => void (await pool.query('SELECT pg_notify($1, $2)', [channel, text])),
    listen(hearer) {
      listening ??= listenAlways(hearer);
    },
    async close() {
      ending.abort();
      await listening;
    },
  };

  async function listenAlways(hearer: NoticeHearer): Promise<void> {
    let isAway = false;
    for (let pauseMs = FIRST_PAUSE_MS; !ending.signal.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      const err = await listenOnce(hearer, () => {
        pauseMs = FIRST_PAUSE_MS;
        if (isAway) log.info({ event: 'notices.back' });
        isAway = false;
      });
      if (ending.signal.aborted) return;
      if (!isAway) log.warn({ event: 'notices.away', err });
      isAway = true;
      await pause(pauseMs);
    }
  }

  /** Resolves with what ended it. */
  async function listenOnce({ begun, heard }: NoticeHearer, listens: () => void): Promise<unknown> {
    const client = new Client({
      connectionString: config.url.expose(),
      application_name: 'latchkey-notices',
      keepAlive: true,
      connectionTimeoutMillis: PROBE_TIMEOUT_MS,
      query_timeout: PROBE_TIMEOUT_MS,
    });
    const lost = new Promise<unknown>((resolve) => {
      client.on('error', resolve);
      client.on('end', () => resolve(new Error('The connection was closed.')));
      ending.signal.addEventListener('abort', () => resolve(null), { once: true });
    });
    client.on('notification', ({ payload }) => heard(payload ?? ''));
    try {
      await client.connect();
      await client.query(`LISTEN ${channel}`);
      listens();
      begun();
      return await Promise.race([lost, probeAlways(client)]);
    } catch (error) {
      return error;
    } finally {
      await endOf(client);
    }
  }

  async function probeAlways(client: Client): Promise<unknown> {
    for (;;) {
      await pause(PROBE_EVERY_MS);
      if (ending.signal.aborted) return null;
      const failure: unknown = await client.query('SELECT 1').then(
        () => null,
        (error: unknown) => error ?? new Error('The connection does not answer.'),
      );
      if (failure !== null) return failure;
    }
  }

  function pause(ms: number): Promise<void> {
    return clock.sleep(ms, ending.signal).catch(() => undefined);
  }
}

/** A connection that does not answer is cut, not waited for. */
async function endOf(client: Client): Promise<void> {
  const { stream } = client as unknown as { readonly stream?: { destroy(): void } };
  const ended = client.end().catch(() => undefined);
  stream?.destroy();
  await ended;
}
