/** Looks again and again whether a JWT still lets its user in, for answers that stay open. Called by streams.ts. The JWT is
 *  verified anew each time (callers/ remembers verified ones for a minute), so keys that were withdrawn count too.
 *  Must never: let a stream outlive its JWT, or end one because the issuer cannot be asked at the moment. */
import type { Caller } from '../../callers/caller.js';
import type { Clock } from '../../clock.js';
import { Fault } from '../../errors.js';

export interface SessionParts {
  readonly caller: Caller;
  /** Verifies the JWT anew. */
  readonly authenticate: () => Promise<Caller>;
  readonly clock: Clock;
  /** Called once, with UNAUTHENTICATED. */
  readonly ended: (fault: Fault) => void;
}

const LOOK_EVERY_MS = 5_000;

/** Gives what stops the watch. */
export function watchSession({ caller, authenticate, clock, ended }: SessionParts): () => void {
  let stop = nothing;
  let isOver = false;
  wait();
  return () => {
    isOver = true;
    stop();
  };

  function wait(): void {
    const leftMs = Math.max(caller.expiresAt - clock.now(), 0);
    stop = clock.alarm(Math.min(leftMs, LOOK_EVERY_MS), () => void look());
  }

  async function look(): Promise<void> {
    const fault = clock.now() >= caller.expiresAt ? expired() : await refusalOf(authenticate);
    if (isOver) return;
    if (fault) ended(fault);
    else wait();
  }
}

const nothing = (): void => undefined;

function expired(): Fault {
  return new Fault('UNAUTHENTICATED', { why: 'The bearer token expired while this stream was open.' });
}

async function refusalOf(authenticate: () => Promise<Caller>): Promise<Fault | null> {
  try {
    await authenticate();
    return null;
  } catch (error) {
    return error instanceof Fault && error.code === 'UNAUTHENTICATED' ? error : null;
  }
}
