/** One answer that stays open: server-sent events (HTML standard §9.2) in the frames of the GraphQL over SSE protocol. Made
 *  for each stream by streams.ts.
 *  Must never: keep more for a slow reader than one buffer (send() waits until there is room), or stay open for one who reads
 *  nothing at all: such a reader is cut, and is told RESYNC when it comes back. */
import { Readable } from 'node:stream';
import type { Clock } from '../../clock.js';

export interface EventStream {
  /** To be sent as the body. */
  readonly body: Readable;
  /** Resolves when there is room for more; false where nobody will read it. */
  send(event: 'next' | 'complete', data: object | null): Promise<boolean>;
  /** Starts the heartbeat, once somebody reads. */
  open(): void;
  end(): void;
  /** Resolves when it has ended, from either side. */
  readonly closed: Promise<void>;
}

export interface EventStreamParts {
  readonly clock: Clock;
  readonly heartbeatMs: number;
  /** Hears that a reader was cut. */
  readonly onCut: () => void;
}

const BUFFER_BYTES = 16 * 1024;
const MOST_UNREAD_BEATS = 2;
const COMMENT = ':\n\n';

export function openEventStream({ clock, heartbeatMs, onCut }: EventStreamParts): EventStream {
  let isOpen = true;
  let stopBeat: (() => void) | null = null;
  let unreadBeats = 0;
  let waiting: (() => void)[] = [];
  let close = nothing;
  const closed = new Promise<void>((resolve) => (close = resolve));
  const body = new Readable({
    highWaterMark: BUFFER_BYTES,
    read: release,
    destroy(error, done) {
      shut();
      done(error);
    },
  });
  // Some browsers take an answer for begun only when its first byte comes.
  body.push(COMMENT);

  return {
    body,
    closed,
    async send(event, data) {
      if (!isOpen) return false;
      if (!body.push(frame(event, data))) await new Promise<void>((resolve) => waiting.push(resolve));
      return isOpen;
    },
    open: beat,
    end() {
      if (!isOpen) return;
      shut();
      body.push(null);
    },
  };

  function beat(): void {
    stopBeat = clock.alarm(heartbeatMs, () => {
      unreadBeats = body.readableLength > 0 ? unreadBeats + 1 : 0;
      if (unreadBeats > MOST_UNREAD_BEATS) {
        onCut();
        body.destroy();
        return;
      }
      if (unreadBeats === 0) body.push(COMMENT);
      beat();
    });
  }

  function release(): void {
    const woken = waiting;
    waiting = [];
    for (const wake of woken) wake();
  }

  function shut(): void {
    isOpen = false;
    stopBeat?.();
    release();
    close();
  }
}

const nothing = (): void => undefined;

function frame(event: string, data: object | null): string {
  return `event: ${event}\ndata:${data === null ? '' : ` ${JSON.stringify(data)}`}\n\n`;
}
