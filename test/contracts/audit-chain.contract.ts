/** The rules that hold for the chain of the audit, whatever database stands behind it: what is written by hand there is found.
 *  Run by test/audit/audit-chain.test.ts on each database. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AuditEventRow } from '../../src/audit/audit-event.entity.js';
import { LeaseLost } from '../../src/audit/chain-store.js';
import { createEraseFromAudit } from '../../src/audit/erase-store.js';
import { keepTestAudit, actOnBehalf, type KeptAudit } from '../support/kept-audit.js';
import { openTestDatabase, type DatabaseKind, type TestDatabase } from '../support/test-database.js';

const DAY = 86_400_000;

export function describeAuditChain(kind: DatabaseKind): void {
  describe(`the chain of the audit on ${kind}`, () => {
    let open: TestDatabase;
    let kept: KeptAudit;

    beforeEach(async () => {
      open = await openTestDatabase(kind);
      kept = await keepTestAudit(open);
    });
    afterEach(() => open.close());

    const sql = (text: string) => open.database.write((transaction) => transaction.query(text));
    const kindsIn = (report: Awaited<ReturnType<KeptAudit['verify']>>) => [
      ...new Set(report.faults.map((fault) => fault.kind)),
    ];

    async function places(): Promise<[number | null, string, string][]> {
      const rows = await open.database.reader.find(AuditEventRow, { order: { sequence: 'ASC' } });
      return rows.map(({ sequence, subjectId, outcome }) => [sequence, subjectId, outcome]);
    }

    describe('chaining', () => {
      test('gives every row its place, in the order of what was done, and the chain holds', async () => {
        await kept.act('ada', 'bob');
        await kept.keeper().chain();
        expect(await places()).toEqual([
          [1, 'ada', 'STARTED'],
          [2, 'ada', 'DONE'],
          [3, 'bob', 'STARTED'],
          [4, 'bob', 'DONE'],
        ]);
        expect(await kept.verify()).toMatchObject({ rows: 4, last: 4, signedUpTo: 4, faults: [], erasedValues: 0 });
      });

      test('takes all of a backlog that is longer than a batch', async () => {
        const rows = Array.from({ length: 230 }, (_, at) => {
          const id = `evt_${String(at).padStart(4, '0')}`;
          return { ...actOnBehalf, subjectId: 'ada', id, at: open.clock.now() + at, outcome: 'DONE' } as const;
        });
        await open.database.write((transaction) => transaction.insert(AuditEventRow, rows));
        await kept.keeper().chain();
        expect(await kept.verify()).toMatchObject({ rows: 230, last: 230, faults: [] });
      });

      test('puts a row that was committed late after those that came before it, and leaves no gap', async () => {
        await kept.act('ada');
        const late = { ...actOnBehalf, subjectId: 'late', id: 'evt_0', at: 1, outcome: 'DONE' } as const;
        await kept.keeper().chain();
        await open.database.write((transaction) => transaction.insert(AuditEventRow, late));
        await kept.keeper().chain();
        expect((await places()).at(-1)).toEqual([3, 'late', 'DONE']);
        expect(await kept.verify()).toMatchObject({ rows: 3, faults: [] });
      });

      // SQLite has one writer: a second transaction cannot be open beside it.
      if (kind === 'postgres') {
        test('does not wait for a row whose transaction is open, nor see it', async () => {
          let commit: () => void = () => undefined;
          const open1 = new Promise<void>((resolve) => (commit = resolve));
          let inserted: () => void = () => undefined;
          const isIn = new Promise<void>((resolve) => (inserted = resolve));
          const late = open.database.write(async (transaction) => {
            await kept.audit.start(transaction, { ...actOnBehalf, subjectId: 'late' });
            inserted();
            await open1;
          });
          await isIn;
          await kept.act('ada');
          await kept.keeper().chain();
          expect((await kept.chains.head())?.sequence).toBe(2);
          commit();
          await late;
          await kept.keeper().chain();
          expect((await places()).map(([sequence, subject]) => [sequence, subject])).toEqual([
            [1, 'ada'],
            [2, 'ada'],
            [3, 'late'],
          ]);
          expect(await kept.verify()).toMatchObject({ rows: 3, faults: [] });
        });
      }

      test('done by several instances at once gives each place once', async () => {
        await kept.act('ada', 'bob', 'cem', 'dan');
        const others = [await open.openAnother(), await open.openAnother()];
        await Promise.all([kept.keeper(), ...others.map((other) => kept.keeper({}, other))].map((one) => one.chain()));
        await kept.keeper().chain();
        expect((await places()).map(([sequence]) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
        expect(await kept.verify()).toMatchObject({ rows: 8, faults: [] });
      });

      test('is left to the instance that holds the lease, and taken over when that is dead', async () => {
        await kept.act('ada');
        expect(await kept.chains.lease('one that dies')).toBe(true);
        await kept.keeper().chain();
        expect((await kept.chains.head())?.sequence).toBe(0);
        await sql('UPDATE audit_chain SET lease_until = 1');
        await kept.keeper().chain();
        expect((await kept.chains.head())?.sequence).toBe(2);
        await expect(kept.chains.chainSome('one that dies')).rejects.toBeInstanceOf(LeaseLost);
      });

      test('that has nothing to do writes nothing', async () => {
        await kept.act('ada');
        await kept.keeper().chain();
        await sql('UPDATE audit_chain SET lease_until = 77');
        await kept.keeper().chain();
        const [row] = await open.database.select('SELECT lease_until FROM audit_chain', []);
        expect(Number(row?.['lease_until'])).toBe(77);
      });

      test('tells how much waits, and for how long', async () => {
        expect(await kept.chains.countUnchained()).toEqual({ waiting: 0, oldestAt: null });
        const since = open.clock.now();
        await kept.act('ada', 'bob');
        expect(await kept.chains.countUnchained()).toEqual({ waiting: 4, oldestAt: since });
        await kept.keeper().chain();
        expect(await kept.chains.countUnchained()).toEqual({ waiting: 0, oldestAt: null });
      });
    });

    describe('a checkpoint', () => {
      test('says how far the chain has come, in the file and in the log, and comes when the time between two is over', async () => {
        await kept.act('ada');
        await kept.keeper().chain();
        await kept.act('bob');
        await kept.keeper().chain();
        const head = await kept.chains.head();
        expect((await kept.checkpoints()).map(({ sequence }) => sequence)).toEqual([2]);
        await sql('UPDATE audit_chain SET signed_at = signed_at - 600000');
        await kept.keeper().chain();
        await kept.keeper().chain();
        expect((await kept.checkpoints()).map(({ sequence }) => sequence)).toEqual([2, 4]);
        expect((await kept.checkpoints()).at(-1)).toMatchObject({ chain: head?.chain, hash: head?.hash });
        expect(kept.log.lines).toContainEqual(
          expect.objectContaining({ event: 'audit.checkpoint', sequence: 4, hash: head?.hash }),
        );
      });

      test('that cannot be written does not count, and what is chained stays so', async () => {
        await kept.act('ada');
        const failing = kept.keeper({ writeCheckpoint: () => Promise.reject(new Error('disk')) });
        await expect(failing.chain()).rejects.toThrow('disk');
        expect(await kept.chains.head()).toMatchObject({ sequence: 2, signedSequence: 0 });
        await kept.keeper().chain();
        expect(await kept.verify()).toMatchObject({ signedUpTo: 2, faults: [] });
      });
    });

    describe('a check finds', () => {
      beforeEach(async () => {
        await kept.act('ada', 'bob', 'cem');
        await kept.keeper().chain();
      });

      /** As if the whole chain had been made by us, from rows that were changed. */
      const remake = async () => {
        await sql('UPDATE audit_event SET sequence = NULL');
        await sql(
          'UPDATE audit_chain SET sequence = 0, hash = cut_hash, signed_sequence = 9, lease_holder = NULL, lease_until = NULL',
        );
        await kept.keeper().chain();
      };

      test('nothing where nothing was done', async () => {
        expect(await kept.verify()).toMatchObject({ rows: 6, faults: [], signedUpTo: 6 });
      });

      test.each([
        ['an action that was changed', "UPDATE audit_event SET action = 'user.read' WHERE sequence = 3"],
        ['a time that was changed', 'UPDATE audit_event SET at = at + 1 WHERE sequence = 3'],
        ['an outcome that was changed', "UPDATE audit_event SET outcome = 'FAILED' WHERE sequence = 3"],
        ['a person who was exchanged', "UPDATE audit_event SET actor_id = 'eve' WHERE sequence = 3"],
        [
          'one whose salt was taken away too',
          "UPDATE audit_event SET actor_id = 'eve', actor_salt = NULL WHERE sequence = 3",
        ],
        ['a reason that was changed', "UPDATE audit_event SET reason = 'none' WHERE sequence = 3"],
        ['commitments that were emptied', "UPDATE audit_event SET commitments = '[]' WHERE sequence = 3"],
        [
          'a hash that was changed',
          'UPDATE audit_event SET hash = (SELECT cut_hash FROM audit_chain) WHERE sequence = 3',
        ],
      ])('%s', async (_, change) => {
        await sql(change);
        expect((await kept.verify()).faults[0]).toMatchObject({ kind: 'CHANGED', sequence: 3 });
      });

      test('a row that was deleted', async () => {
        await sql('DELETE FROM audit_event WHERE sequence = 3');
        expect((await kept.verify()).faults).toMatchObject([{ kind: 'MISSING', sequence: 3 }]);
      });

      test('two rows that changed places', async () => {
        await sql('UPDATE audit_event SET sequence = 99 WHERE sequence = 3');
        await sql('UPDATE audit_event SET sequence = 3 WHERE sequence = 4');
        await sql('UPDATE audit_event SET sequence = 4 WHERE sequence = 99');
        expect(kindsIn(await kept.verify())).toEqual(['CHANGED']);
      });

      test('an end that was cut off', async () => {
        await sql('DELETE FROM audit_event WHERE sequence > 4');
        expect(kindsIn(await kept.verify())).toEqual(['CUT_TAIL']);
      });

      test('an end that was cut off so that the chain ends well: by its checkpoint', async () => {
        await sql('DELETE FROM audit_event WHERE sequence > 4');
        await sql(
          'UPDATE audit_chain SET sequence = 4, hash = (SELECT hash FROM audit_event WHERE sequence = 4), signed_sequence = 4',
        );
        expect(await kept.verify([])).toMatchObject({ faults: [], signedUpTo: null });
        expect((await kept.verify()).faults).toMatchObject([{ kind: 'CUT_TAIL', sequence: 6 }]);
      });

      test('a front that was cut off, also where it looks like retention', async () => {
        const { hash } = await open.database.reader.findOneByOrFail(AuditEventRow, { sequence: 2 });
        await sql('DELETE FROM audit_event WHERE sequence <= 2');
        expect(kindsIn(await kept.verify())).toEqual(['MISSING']);
        await sql(`UPDATE audit_chain SET cut_sequence = 2, cut_hash = '${hash}'`);
        expect((await kept.verify()).faults).toMatchObject([{ kind: 'CUT_FRONT', sequence: 3 }]);
      });

      test('a chain that was made anew over changed rows: by its checkpoint', async () => {
        await sql("UPDATE audit_event SET actor_id = 'eve' WHERE sequence = 3");
        await remake();
        expect(await kept.verify([])).toMatchObject({ rows: 6, faults: [] });
        expect((await kept.verify()).faults).toMatchObject([{ kind: 'REWRITTEN', sequence: 6 }]);
      });

      test('a chain that was begun anew under another name', async () => {
        await sql('DELETE FROM audit_chain');
        await sql('UPDATE audit_event SET sequence = NULL');
        const unsigned = kept.keeper({ writeCheckpoint: async () => undefined });
        await unsigned.chain();
        expect((await kept.verify()).faults).toMatchObject([{ kind: 'OTHER_CHAIN' }]);
      });
    });

    describe('erasing a user', () => {
      test('takes all that says who it was, leaves what others did to others, and the chain holds', async () => {
        await kept.act('yusuf', 'bob');
        await kept.audit.around({ ...actOnBehalf, actorId: 'yusuf', subjectId: 'cem' }, async () => undefined);
        await kept.audit.around(
          { ...actOnBehalf, actorId: 'yusuf', subjectId: 'yusuf', reason: null },
          async () => undefined,
        );
        await kept.keeper().chain();
        const erase = createEraseFromAudit(open);
        expect(await erase('yusuf')).toBe(6);
        const rows = await open.database.reader.find(AuditEventRow, { order: { sequence: 'ASC' } });
        expect(JSON.stringify(rows)).not.toContain('yusuf');
        expect(rows.map(({ actorId, subjectId, reason }) => [actorId, subjectId, reason])).toEqual([
          ['root', '', null],
          ['root', '', null],
          ['root', 'bob', 'Ticket 7'],
          ['root', 'bob', 'Ticket 7'],
          ['', 'cem', 'Ticket 7'],
          ['', 'cem', 'Ticket 7'],
          ['', '', null],
          ['', '', null],
        ]);
        expect(rows[0]).toMatchObject({
          actorSalt: expect.any(String),
          subjectSalt: null,
          accountSalt: null,
          reasonSalt: null,
        });
        expect(await kept.verify()).toMatchObject({ faults: [], erasedValues: 2 * 4 + 2 + 2 * 5 });
        expect(await erase('yusuf')).toBe(0);
      });

      test('before its rows are chained leaves them to be chained without a name', async () => {
        await kept.act('yusuf');
        expect(await createEraseFromAudit(open)('yusuf')).toBe(2);
        await kept.keeper().chain();
        expect(await kept.verify()).toMatchObject({ rows: 2, faults: [] });
      });

      test('while they are being chained leaves no salt of what is gone', async () => {
        await kept.act(...Array.from({ length: 60 }, () => 'yusuf'));
        await Promise.all([
          kept.keeper().chain(),
          createEraseFromAudit({ database: await open.openAnother() })('yusuf'),
        ]);
        await kept.keeper().chain();
        expect(JSON.stringify(await open.database.reader.find(AuditEventRow))).not.toContain('yusuf');
        expect(await kept.verify()).toMatchObject({ rows: 120, faults: [] });
      });

      test('is an act whose own outcome does not bring them back', async () => {
        const act = { ...actOnBehalf, action: 'user.read', subjectId: 'yusuf' } as const;
        await kept.audit.around(act, async (trace) => {
          await createEraseFromAudit(open)('yusuf');
          trace.isSubjectErased = true;
        });
        const rows = await open.database.reader.find(AuditEventRow, { order: { at: 'ASC' } });
        expect(rows.map(({ outcome, actorId, subjectId, reason }) => [outcome, actorId, subjectId, reason])).toEqual([
          ['STARTED', 'root', '', null],
          ['DONE', 'root', '', null],
        ]);
      });
    });

    describe('retention', () => {
      test('deletes rows whose time is over, and the rest can be checked from the checkpoint at the cut', async () => {
        await kept.act('ada', 'bob');
        await kept.keeper().chain();
        open.clock.advance(10 * DAY);
        await kept.act('cem');
        await kept.keeper().chain();
        const keeper = kept.keeper({ keptDays: 5 });
        expect(await keeper.purge()).toBe(4);
        expect(await keeper.purge()).toBe(0);
        expect(await places()).toEqual([
          [5, 'cem', 'STARTED'],
          [6, 'cem', 'DONE'],
        ]);
        expect(await kept.verify()).toMatchObject({ rows: 2, last: 6, faults: [] });
        expect((await kept.verify([])).faults).toMatchObject([{ kind: 'CUT_FRONT', sequence: 5 }]);
        await kept.act('dan');
        await kept.keeper().chain();
        expect(await kept.verify()).toMatchObject({ rows: 4, last: 8, faults: [] });
      });

      test('can take all, and goes on where the chain was', async () => {
        await kept.act('ada');
        await kept.keeper().chain();
        open.clock.advance(10 * DAY);
        expect(await kept.keeper({ keptDays: 5 }).purge()).toBe(2);
        await kept.act('bob');
        await kept.keeper().chain();
        expect(await kept.verify()).toMatchObject({ rows: 2, last: 4, faults: [] });
      });

      test('keeps a row that is not chained, and one behind a younger one', async () => {
        await kept.act('ada');
        open.clock.advance(10 * DAY);
        expect(await kept.keeper({ keptDays: 5 }).purge()).toBe(0);
        await kept.act('bob');
        await kept.keeper().chain();
        const late = { ...actOnBehalf, subjectId: 'late', id: 'evt_0', at: 1, outcome: 'DONE' } as const;
        await open.database.write((transaction) => transaction.insert(AuditEventRow, late));
        await kept.keeper().chain();
        expect(await kept.keeper({ keptDays: 5 }).purge()).toBe(2);
        expect((await places()).map(([, subject]) => subject)).toEqual(['bob', 'bob', 'late']);
      });

      test('is not begun before its checkpoint is written, and is gone on with after a crash', async () => {
        await kept.act('ada');
        await kept.keeper().chain();
        open.clock.advance(10 * DAY);
        const failing = kept.keeper({ keptDays: 5, writeCheckpoint: () => Promise.reject(new Error('disk')) });
        await expect(failing.purge()).rejects.toThrow('disk');
        expect(await kept.verify()).toMatchObject({ rows: 2, faults: [] });
        const head = await kept.chains.head();
        await sql(`UPDATE audit_chain SET cut_sequence = 2, cut_hash = '${head?.hash}'`); // as a run that died then left it
        expect(await kept.keeper({ keptDays: 5 }).purge()).toBe(2);
        expect(await kept.verify()).toMatchObject({ rows: 0, last: 2, faults: [] });
      });

      test('of no days keeps all', async () => {
        await kept.act('ada');
        await kept.keeper().chain();
        open.clock.advance(9999 * DAY);
        expect(await kept.keeper({ keptDays: 0 }).purge()).toBe(0);
      });
    });
  });
}
