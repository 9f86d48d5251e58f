/** What every resolver gets beside its arguments. Made for each request by http/graphql-mount.ts. */
import type { Action } from '../callers/actions.js';
import { actFor, reaches } from '../callers/actor.js';
import type { Actor, OnBehalfOf } from '../callers/actor.js';
import type { Caller } from '../callers/caller.js';
import type { BrowserCookie } from '../connect/start.js';
import { fail } from '../errors.js';
import type { Logger } from '../observe/logger.js';
import { isPossibleId } from './given-id.js';
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

/** What a field is about to do. */
export interface FieldAct {
  readonly action: Action;
  readonly onBehalfOf?: OnBehalfOf | null | undefined;
  /** The provider or the account, where the field names one. */
  readonly providerId?: string | null | undefined;
  readonly accountId?: string | null | undefined;
}

/** Who acts in this request, for whom. Throws UNAUTHENTICATED, FORBIDDEN, BAD_USER_INPUT (see actFor), ACCOUNT_NOT_FOUND for an
 *  account at a provider that is out of the caller's limits. */
export async function actorOf(
  context: GraphqlContext,
  { action, onBehalfOf = null, providerId = null, accountId = null }: FieldAct,
): Promise<Actor> {
  const { authenticate, requestId, useCases } = context;
  const actor = actFor(await authenticate(), { action, onBehalfOf, providerId, requestId });
  if (!actor.onlyProviders || accountId === null || !isPossibleId(accountId)) return actor;
  const account = await useCases.accounts.find({ userId: actor.subjectId, accountId });
  // One that has gone, or never was, is the use case's to answer.
  if (account && !reaches(actor, account.providerId)) fail('ACCOUNT_NOT_FOUND');
  return actor;
}
