/** Ends what has been silent for too long. Called by create-streams.ts, once a request. A byte costs one look at the clock;
 *  the alarm is set anew only when it rings. */
import type { Clock } from '../clock.js';

export interface QuietLimit {
  /** Something moved. */
  touch(): void;
  /** From now on so long a silence is allowed. */
  allow(ms: number): void;
  stop(): void;
}

export interface QuietLimitOptions {
  readonly clock: Clock;
  readonly ms: number;
  /** Whether the silence is our own: there is something to take, and nobody takes it. */
  isHeldBack(): boolean;
  onQuiet(ms: number): void;
}

export function startQuietLimit({ clock, ms, isHeldBack, onQuiet }: QuietLimitOptions): QuietLimit {
  let allowedMs = ms;
  let movedAt = clock.monotonic();
  let stopAlarm = clock.alarm(ms, ring);
  return {
    touch() {
      movedAt = clock.monotonic();
    },
    allow(nextMs) {
      allowedMs = nextMs;
      movedAt = clock.monotonic();
      stopAlarm();
      stopAlarm = clock.alarm(nextMs, ring);
    },
    stop: () => stopAlarm(),
  };

  function ring(): void {
    if (isHeldBack()) movedAt = clock.monotonic();
    const leftMs = movedAt + allowedMs - clock.monotonic();
    if (leftMs > 0) stopAlarm = clock.alarm(leftMs, ring);
    else onQuiet(allowedMs);
  }
}
