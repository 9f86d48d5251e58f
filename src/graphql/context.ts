/** What every resolver gets beside its arguments. Made for each request by http/graphql-mount.ts. */
import { actFor } from '../callers/actor.js';
import type { Actor, OnBehalfOf } from '../callers/actor.js';
import type { Caller } from '../callers/caller.js';
import type { BrowserCookie } from '../connect/start.js';
import type { Logger } from '../observe/logger.js';
import type { UseCases } from './use-cases.js';

/** Until when a request is waited for (http/deadline.ts). */
export interface Deadline {
  isOver(): boolean;
  /** What comes of the work, or DEADLINE_EXCEEDED when that comes first; the work goes on. */
  race<T>(work: Promise<T>): Promise<T>;
}

export interface GraphqlContext {
  /** The verified caller of this request. Verifies once, however many fields ask. Throws UNAUTHENTICATED. */
  authenticate(): Promise<Caller>;
  readonly requestId: string;
  readonly deadline: Deadline;
  /** Marks the browser that gets this answer, for one authorization. */
  setCookie(cookie: BrowserCookie): void;
  readonly useCases: UseCases;
  /** The origin that browsers use, without a trailing slash. */
  readonly publicUrl: string;
  readonly log: Logger;
}

/** Who acts in this request, for whom. Throws UNAUTHENTICATED, FORBIDDEN, BAD_USER_INPUT (see actFor). */
export async function actorOf(context: GraphqlContext, onBehalfOf: OnBehalfOf | null = null): Promise<Actor> {
  return actFor(await context.authenticate(), onBehalfOf, context.requestId);
}
