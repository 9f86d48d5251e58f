/** The rules that hold for the audit, whatever database stands behind it. Run by test/audit/audit.test.ts on each database. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createAudit } from '../../src/audit/audit.js';
import type { Audit } from '../../src/audit/audit.js';
import type { AuditedAct, AuditEvent } from '../../src/audit/audit-event.js';
import type { LogEvent } from '../../src/observe/logger.js';
import { openTestDatabase, silentLog } from '../support/test-database.js';
import type { DatabaseKind, TestDatabase } from '../support/test-database.js';

export function describeAudit(kind: DatabaseKind): void {
  describe(`the audit on ${kind}`, () => {
    let open: TestDatabase;
    let audit: Audit;
    let errors: LogEvent[];

    beforeEach(async () => {
      open = await openTestDatabase(kind);
      errors = [];
      audit = createAudit({ ...open, log: { ...silentLog, error: (event) => void errors.push(event) } });
    });

    afterEach(() => open.close());

    const act: AuditedAct = {
      action: 'account.read',
      actorId: 'admin',
      subjectId: 'ada',
      accountId: null,
      reason: 'Ticket 7',
      requestId: 'req-1',
    };

    describe('an act', () => {
      test('begins when its STARTED row is committed', async () => {
        await audit.around(act, async () => {
          expect(await events()).toEqual([
            { ...act, outcome: 'STARTED', at: open.clock.now(), id: expect.any(String) },
          ]);
        });
      });

      test('does not happen when its STARTED row cannot be written', async () => {
        await breakAudit();
        let happened = false;
        const tried = audit.around(act, async () => void (happened = true));
        await expect(tried).rejects.toThrow('audit_event');
        expect(happened).toBe(false);
      });

      test('that works gives its result and leaves a DONE row with both people, the reason and the account', async () => {
        const result = await audit.around(act, async (trace) => {
          trace.accountId = 'acc_1';
          open.clock.advance(250);
          return 'read';
        });
        expect(result).toBe('read');
        const [done, started] = await events();
        expect(done).toMatchObject({ ...act, accountId: 'acc_1', outcome: 'DONE', at: open.clock.now() });
        expect(started).toMatchObject({ ...act, accountId: null, outcome: 'STARTED', at: open.clock.now() - 250 });
      });

      test('that fails throws what it threw and leaves a FAILED row that does not say it', async () => {
        const fault = new Error('the provider said something private');
        await expect(audit.around(act, () => Promise.reject(fault))).rejects.toBe(fault);
        expect((await events()).map(({ outcome }) => outcome)).toEqual(['FAILED', 'STARTED']);
        expect(JSON.stringify(await events())).not.toContain('private');
      });

      test('stays done when its outcome cannot be written, and the log says what is missing', async () => {
        const result = await audit.around(act, async () => {
          await breakAudit();
          return 'done at the provider';
        });
        expect(result).toBe('done at the provider');
        expect(errors).toMatchObject([
          { event: 'audit.outcome_lost', outcome: 'DONE', actorId: 'admin', subjectId: 'ada', requestId: 'req-1' },
        ]);
      });

      test('that fails throws its own fault when its outcome cannot be written either', async () => {
        const fault = new Error('of the act');
        const tried = audit.around(act, async () => {
          await breakAudit();
          throw fault;
        });
        await expect(tried).rejects.toBe(fault);
        expect(errors).toMatchObject([{ event: 'audit.outcome_lost', outcome: 'FAILED' }]);
      });

      test('that is begun in a transaction of its own has its STARTED row with that, or neither', async () => {
        const failing = open.database.write(async (transaction) => {
          await audit.start(transaction, act);
          throw new Error('no');
        });
        await expect(failing).rejects.toThrow('no');
        expect(await events()).toEqual([]);
        const started = await open.database.write((transaction) => audit.start(transaction, act));
        await audit.proceed(started, async (trace) => void (trace.accountId = 'acc_1'));
        expect((await events()).map(({ outcome, accountId }) => [outcome, accountId])).toEqual([
          ['DONE', 'acc_1'],
          ['STARTED', null],
        ]);
      });

      test('may itself write, since no transaction stays open around it', async () => {
        await audit.around(act, () => open.database.write(async () => undefined));
        expect(errors).toEqual([]);
      });

      test('stands before its outcome even when the wall clock goes back', async () => {
        await audit.around(act, async () => open.clock.jump(-5000));
        expect((await events()).map(({ outcome }) => outcome)).toEqual(['DONE', 'STARTED']);
      });
    });

    describe('a page of events', () => {
      test('holds what was done to this subject alone, newest first', async () => {
        for (const [subjectId, requestId] of [
          ['ada', 'req-1'],
          ['bob', 'req-2'],
          ['ada', 'req-3'],
        ] as const) {
          await audit.around({ ...act, subjectId, requestId }, async () => open.clock.advance(10));
        }
        expect((await events()).map(({ requestId, outcome }) => [requestId, outcome])).toEqual([
          ['req-3', 'DONE'],
          ['req-3', 'STARTED'],
          ['req-1', 'DONE'],
          ['req-1', 'STARTED'],
        ]);
      });

      test('keeps the order of what was done in one instant, and of one act within another', async () => {
        await audit.around({ ...act, requestId: 'outer' }, () =>
          audit.around({ ...act, requestId: 'inner' }, async () => undefined),
        );
        await audit.around({ ...act, requestId: 'after' }, async () => undefined);
        expect((await events()).map(({ requestId, outcome }) => `${requestId} ${outcome}`)).toEqual([
          'after DONE',
          'after STARTED',
          'outer DONE',
          'inner DONE',
          'inner STARTED',
          'outer STARTED',
        ]);
      });

      test('goes on after its last event, and meets each once', async () => {
        for (let done = 0; done < 5; done += 1) await audit.around(act, async () => undefined); // all in one instant
        const met: string[] = [];
        let after: string | null = null;
        do {
          const page = await audit.page({ subjectId: 'ada', first: 3, after });
          met.push(...page.edges.map(({ node }) => node.id));
          after = page.hasNextPage ? (page.edges.at(-1)?.cursor ?? null) : null;
        } while (after !== null);
        expect(met).toEqual((await events()).map(({ id }) => id));
        expect(new Set(met).size).toBe(10);
      });

      test.each([0, 101])('of %s events is refused', async (first) => {
        await expect(audit.page({ subjectId: 'ada', first, after: null })).rejects.toMatchObject({
          code: 'BAD_USER_INPUT',
        });
      });

      test('after something that is no cursor is refused', async () => {
        await expect(audit.page({ subjectId: 'ada', first: 1, after: 'acc_1' })).rejects.toMatchObject({
          code: 'BAD_USER_INPUT',
        });
      });
    });

    /** As a disk might: from now on no event can be written. */
    async function breakAudit(): Promise<void> {
      await open.database.write((transaction) => transaction.query('DROP TABLE audit_event'));
    }

    async function events(): Promise<AuditEvent[]> {
      const page = await audit.page({ subjectId: 'ada', first: 100, after: null });
      return page.edges.map(({ node }) => node);
    }
  });
}
