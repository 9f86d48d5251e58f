/** Keeps what was done by whom for whom and why. Called by connect, refresh, proxy and admin for acts on a person's
 *  account. Two rows an act: STARTED is committed before it, DONE or FAILED after it. Without the first there is no act;
 *  the second never undoes one, since what happened at the provider has happened. A row is never changed here;
 *  chain-store.ts chains it. docs/audit.md. */
import type { Clock } from '../clock.js';
import type { Database, Transaction } from '../database/database.js';
import { newId } from '../database/new-id.js';
import { createOrderedTimes } from '../database/ordered-times.js';
import { readPage } from '../database/read-page.js';
import type { Page, PageRequest } from '../database/page.js';
import type { Logger } from '../observe/logger.js';
import { noMetrics, type Metrics } from '../observe/measures.js';
import { AuditEventRow } from './audit-event.entity.js';
import { ERASED, toEvent, type AuditedAct, type AuditEvent, type AuditOutcome } from './audit-event.js';

export interface Audit {
  /** Does the work between its two rows and gives its result, or throws what it threw. The work may set
   *  `trace.accountId` once it knows which account it is about; the outcome's row then names it. */
  around<T>(act: AuditedAct, work: (trace: AuditTrace) => Promise<T>): Promise<T>;
  /** Writes STARTED in the caller's transaction: it is committed with what begins the act, or neither is. */
  start(transaction: Transaction, act: AuditedAct): Promise<StartedAct>;
  /** As `around`, for an act whose STARTED row was committed. */
  proceed<T>(started: StartedAct, work: (trace: AuditTrace) => Promise<T>): Promise<T>;
  /** What was done to this subject, newest first. Throws BAD_USER_INPUT for a page size outside 1 to 100 or a cursor
   *  that is none. */
  page(request: PageRequest & { readonly subjectId: string }): Promise<Page<AuditEvent>>;
}

/** An act whose first row was written. */
export type StartedAct = AuditEvent;

export interface AuditTrace {
  accountId: string | null;
  /** Set by the act that takes its subject out of the audit, whose outcome must not bring them back. */
  isSubjectErased?: boolean;
}

export interface AuditParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics?: Pick<Metrics, 'auditWriteFailed'>;
}

export function createAudit({ database, clock, log, metrics = noMetrics }: AuditParts): Audit {
  const nextTime = createOrderedTimes(clock);

  return {
    async around(act, work) {
      const started = eventOf(act, 'STARTED');
      await counted(add(started));
      return proceed(started, work);
    },

    async start(transaction, act) {
      const started = eventOf(act, 'STARTED');
      await counted(transaction.insert(AuditEventRow, started));
      return started;
    },

    proceed,

    async page({ subjectId, ...request }) {
      const query = database.reader.createQueryBuilder(AuditEventRow, 'event').where({ subjectId });
      return readPage(query, request, { by: 'at', order: 'DESC', read: toEvent });
    },
  };

  async function proceed<T>(started: StartedAct, work: (trace: AuditTrace) => Promise<T>): Promise<T> {
    const trace: AuditTrace = { accountId: started.accountId };
    let outcome: AuditOutcome = 'FAILED';
    try {
      const result = await work(trace);
      outcome = 'DONE';
      return result;
    } finally {
      await addOutcome(started, trace, outcome);
    }
  }

  /** `after` is a time that the event does not stand at or before. */
  function eventOf(act: AuditedAct, outcome: AuditOutcome, after = -Infinity): AuditEvent {
    const { action, actorId, subjectId, accountId, reason, requestId } = act;
    const at = nextTime(after);
    return { id: newId('evt', clock), at, action, actorId, subjectId, accountId, reason, outcome, requestId };
  }

  async function add(event: AuditEvent): Promise<void> {
    await database.write((transaction) => transaction.insert(AuditEventRow, event));
  }

  async function counted(writing: Promise<unknown>): Promise<void> {
    await writing.catch((error: unknown) => {
      metrics.auditWriteFailed({ row: 'STARTED' });
      throw error;
    });
  }

  async function addOutcome(started: StartedAct, trace: AuditTrace, outcome: AuditOutcome): Promise<void> {
    const act = trace.isSubjectErased ? withoutSubject(started) : { ...started, accountId: trace.accountId };
    // An outcome never stands at or before its own start, whatever the wall clock did meanwhile.
    await add(eventOf(act, outcome, started.at)).catch((error: unknown) => {
      metrics.auditWriteFailed({ row: 'OUTCOME' });
      const { action, actorId, subjectId, accountId, requestId } = act;
      log.error({ event: 'audit.outcome_lost', action, outcome, actorId, subjectId, accountId, requestId, err: error });
    });
  }
}

function withoutSubject(act: AuditedAct): AuditedAct {
  const actorId = act.actorId === act.subjectId ? ERASED : act.actorId;
  return { ...act, actorId, subjectId: ERASED, accountId: null, reason: null };
}
