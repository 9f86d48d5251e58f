/** Carries what was committed here to the other instances, and what was committed there to who listens here. Called by
 *  app.ts where instances share a PostgreSQL.
 *  Sent behind the commit, many events in one message: a NOTIFY inside the transaction makes commits wait for each other
 *  (docs/decisions/0032-events-between-instances.md). So a message can be lost, and must never be lost in silence: messages
 *  are numbered, an instance that falls silent without goodbye is missed, and each of these is a RESYNC to all. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../clock.js';
import type { Logger } from '../observe/logger.js';
import { accountEventTypes, type AccountEventType } from './account-event.js';
import type { Announcer } from './announced-database.js';
import type { EventFeed, Told } from './event-feed.js';

export interface Relay extends Announcer {
  start(): void;
  /** Sends what waits, and says goodbye. */
  stop(): Promise<void>;
}

export interface RelayParts {
  readonly feed: Pick<EventFeed, 'publish' | 'resync'>;
  readonly notices: {
    send(text: string): Promise<void>;
    listen(hearer: { begun(): void; heard(text: string): void }): void;
  };
  readonly clock: Clock;
  readonly log: Logger;
}

/** What goes over the wire: short names, since a message holds 8000 bytes. */
interface Message {
  /** Which instance, and its how manieth message: 1, 2, 3, ... */
  readonly o: string;
  readonly n: number;
  readonly e: readonly (readonly [AccountEventType, number, string, string])[];
  /** Events were lost on the way from there. */
  readonly lost?: true;
  readonly bye?: true;
}

const GATHER_MS = 20;
const HEARTBEAT_MS = 5_000;
/** Three heartbeats. */
const MISSED_AFTER_MS = 16_000;
const MOST_BYTES = 7_500;

export function createRelay({ feed, notices, clock, log }: RelayParts): Relay {
  const origin = randomUUID();
  const peers = new Map<string, { n: number; heardAt: number }>();
  const stopping = new AbortController();
  let waiting: Told[] = [];
  let sending: Promise<void> = Promise.resolve();
  let isGathering = false;
  let hasLost = false;
  let sent = 0;

  return {
    publish(events) {
      feed.publish(events);
      waiting.push(...events);
      if (isGathering) return;
      isGathering = true;
      clock.alarm(GATHER_MS, flush);
    },
    resync(userIds) {
      feed.resync(userIds);
      hasLost = true; // the others hear of it with the next message
      flush();
    },
    start() {
      notices.listen({ begun: () => feed.resync(), heard });
      void beat();
    },
    async stop() {
      stopping.abort();
      flush();
      await sending;
      await send({ e: [], bye: true });
    },
  };

  function flush(): void {
    isGathering = false;
    const events = waiting;
    waiting = [];
    sending = sendAfter(sending, events);
  }

  async function sendAfter(before: Promise<void>, events: readonly Told[]): Promise<void> {
    await before;
    for (const e of inMessages(events)) await send({ e });
  }

  async function send(message: Pick<Message, 'e' | 'bye'>): Promise<void> {
    sent += 1;
    const lost = hasLost ? ({ lost: true } as const) : {};
    hasLost = false;
    try {
      await notices.send(JSON.stringify({ o: origin, n: sent, ...message, ...lost } satisfies Message));
    } catch (error) {
      hasLost = true; // perhaps: whether it went out is not known
      if (message.e.length > 0) log.warn({ event: 'events.not_relayed', count: message.e.length, err: error });
    }
  }

  async function beat(): Promise<void> {
    for (;;) {
      await clock.sleep(HEARTBEAT_MS, stopping.signal).catch(() => undefined);
      if (stopping.signal.aborted) return;
      flush();
      missTheSilent();
    }
  }

  function heard(text: string): void {
    const message = readMessage(text);
    if (message?.o === origin) return;
    if (!message) return feed.resync(); // whoever may NOTIFY here can say anything; it must not end the process
    const { o, n, e, lost, bye } = message;
    const peer = peers.get(o);
    if (peer && n <= peer.n) return;
    const hasGap = peer !== undefined && n !== peer.n + 1;
    if (bye) peers.delete(o);
    else peers.set(o, { n, heardAt: clock.monotonic() });
    if (hasGap || lost) return feed.resync();
    feed.publish(e.map(([type, at, accountId, userId]) => ({ type, at, accountId, userId })));
  }

  /** What an instance committed in its last moment may not have been told. */
  function missTheSilent(): void {
    const since = clock.monotonic() - MISSED_AFTER_MS;
    const silent = [...peers].filter(([, { heardAt }]) => heardAt < since);
    for (const [peer] of silent) peers.delete(peer);
    if (silent.length > 0) feed.resync();
  }
}

/** As many in each as fit; one empty message for none, which is a heartbeat. */
function inMessages(events: readonly Told[]): Message['e'][] {
  const messages: Message['e'][number][][] = [[]];
  let bytes = 0;
  for (const { type, at, accountId, userId } of events) {
    const entry = [type, at, accountId, userId] as const;
    const size = Buffer.byteLength(JSON.stringify(entry)) + 1;
    if (bytes + size > MOST_BYTES) messages.push([]);
    bytes = bytes + size > MOST_BYTES ? size : bytes + size;
    messages.at(-1)?.push(entry);
  }
  return messages;
}

/** Null for what is none. Kinds of events of a newer release are left out. */
function readMessage(text: string): Message | null {
  try {
    const { e, ...rest } = messageSchema.parse(JSON.parse(text));
    const known = e.flatMap(([type, ...event]) => (isKnown(type) ? [[type, ...event] as const] : []));
    return { o: rest.o, n: rest.n, e: known, ...(rest.lost && { lost: true }), ...(rest.bye && { bye: true }) };
  } catch {
    return null;
  }
}

const messageSchema = z.object({
  o: z.string(),
  n: z.number(),
  e: z.array(z.tuple([z.string(), z.number(), z.string(), z.string()])),
  lost: z.literal(true).optional(),
  bye: z.literal(true).optional(),
});

function isKnown(type: string): type is AccountEventType {
  return accountEventTypes.some((known) => known === type);
}
