/** Streams that carry several operations (single connection mode of GraphQL over SSE): reserved, then opened, then used by
 *  further requests. Used by streams.ts. In this process alone: behind a load balancer a client stays with one instance.
 *  Must never: let one user into another's stream, or keep a reservation that nobody takes up. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.js';
import type { OperationAnswers } from '../../graphql/streamed-operations.js';
import type { EventStream } from './event-stream.js';

export interface ReservedStream {
  readonly stream: EventStream;
  /** By their own names; null while one is being begun. */
  readonly operations: Map<string, OperationAnswers | null>;
  isOpen: boolean;
}

export interface ReservedStreams {
  /** Gives the token. The reservation goes when its stream closes, or is not opened in time. */
  add(userId: string, stream: EventStream): string;
  find(userId: string, token: string): ReservedStream | null;
}

const TAKE_UP_WITHIN_MS = 30_000;

export function createReservedStreams({ clock }: { readonly clock: Clock }): ReservedStreams {
  const reserved = new Map<string, ReservedStream>();

  return {
    add(userId, stream) {
      const token = randomUUID();
      const own: ReservedStream = { stream, operations: new Map(), isOpen: false };
      reserved.set(keyOf(userId, token), own);
      const stopAlarm = clock.alarm(TAKE_UP_WITHIN_MS, () => {
        if (!own.isOpen) stream.end();
      });
      void stream.closed.finally(() => {
        stopAlarm();
        reserved.delete(keyOf(userId, token));
        for (const answers of own.operations.values()) void answers?.return();
      });
      return token;
    },
    find: (userId, token) => reserved.get(keyOf(userId, token)) ?? null,
  };
}

function keyOf(userId: string, token: string): string {
  return JSON.stringify([userId, token]);
}
