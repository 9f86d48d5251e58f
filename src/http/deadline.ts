/** The moment at which a request is answered with what there is. Made for each request by route-table.ts and
 *  graphql-mount.ts. Nothing is aborted: a refresh whose answer was cut off could cost the grant, so work that was begun goes
 *  on, and only its caller no longer waits for it. */
import type { Clock } from '../clock.js';
import { Fault } from '../errors.js';
import type { Deadline } from '../graphql/context.js';

export interface RequestDeadline extends Deadline {
  /** To be called when the request is answered. */
  clear(): void;
}

/** The timer runs from the first wait, which begins with the request. */
export function createDeadline({ clock, ms }: { readonly clock: Clock; readonly ms: number }): RequestDeadline {
  const endsAt = clock.monotonic() + ms;
  let over: Promise<never> | null = null;
  let isCleared = false;
  let stopAlarm: (() => void) | null = null;

  return {
    isOver: () => clock.monotonic() >= endsAt,
    race: (work) => Promise.race([work, (over ??= wait())]),
    clear() {
      isCleared = true;
      stopAlarm?.();
    },
  };

  function wait(): Promise<never> {
    const waiting = new Promise<never>((_resolve, reject) => {
      if (isCleared) return; // nobody waits any more
      const leftMs = Math.max(endsAt - clock.monotonic(), 0);
      stopAlarm = clock.alarm(leftMs, () => reject(new Fault('DEADLINE_EXCEEDED')));
    });
    waiting.catch(() => undefined); // each who raced against it is told
    return waiting;
  }
}
