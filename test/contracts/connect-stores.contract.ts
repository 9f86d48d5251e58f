/** The rules that hold for the stores of attempts, their outcomes and disconnections, whatever database stands behind
 *  them; above all when two processes want the same row. Run by test/connect/connect-stores.test.ts on each database. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createCompletionStore, type CompletionStore } from '../../src/connect/completion-store.js';
import { createDisconnectionStore, type DisconnectionStore } from '../../src/connect/disconnection-store.js';
import { createPendingStore, type PendingAuthorization, type PendingStore } from '../../src/connect/pending-store.js';
import type { Database } from '../../src/database/database.js';
import { isDuplicate } from '../../src/database/duplicate.js';
import { Fault } from '../../src/errors.js';
import { Secret } from '../../src/secret.js';
import { openTestDatabase, type DatabaseKind, type TestDatabase } from '../support/test-database.js';
import { createTestVault } from '../support/test-keyring.js';

/** After it an exchange counts as interrupted. */
const exchangeDeadlineMs = 90_000;

/** The stores of one process. */
interface Process {
  readonly database: Database;
  readonly pending: PendingStore;
  readonly completions: CompletionStore;
  readonly disconnections: DisconnectionStore;
}

export function describeConnectStores(kind: DatabaseKind): void {
  describe(`the stores of connecting on ${kind}`, () => {
    const vault = createTestVault();
    let open: TestDatabase;
    let here: Process;
    let there: Process;

    beforeEach(async () => {
      open = await openTestDatabase(kind);
      here = processOn(open.database);
      there = processOn(await open.openAnother());
    });
    afterEach(() => open.close());

    function processOn(database: Database): Process {
      const parts = { ...vault, database, clock: open.clock };
      return {
        database,
        pending: createPendingStore(parts),
        completions: createCompletionStore({ ...parts, repeatSeconds: 300 }),
        disconnections: createDisconnectionStore(parts),
      };
    }

    async function addAttempt(id = 'att_1', subjectId = 'ada'): Promise<PendingAuthorization> {
      await here.pending.add({
        id,
        stateHash: `state of ${id}`,
        providerId: 'demo',
        actorId: subjectId,
        subjectId,
        accountId: null,
        reason: null,
        redirectUri: 'https://app.example/callback',
        returnTo: null,
        requestedScopes: ['openid', 'email'],
        linkHash: `link of ${id}`,
        browserHash: null,
        expiresAt: open.clock.now() + 600_000,
        codeVerifier: Secret.of('verifier'),
        nonce: Secret.of('nonce'),
        authorizationUrl: Secret.of('https://provider.example/authorize'),
      });
      const found = await here.pending.findByState(`state of ${id}`);
      if (!found) throw new Error('The attempt is not there.');
      return found;
    }

    /** Both processes, each many times, at one instant. */
    function together<T>(work: (by: Process, at: number) => Promise<T>): Promise<T[]> {
      return Promise.all(Array.from({ length: 10 }, (_, at) => work(at % 2 ? here : there, at)));
    }

    const consume = (by: Process, attempt: PendingAuthorization, answerHash = 'answer') =>
      by.database.write(async (transaction) => {
        const isTaken = await by.pending.take(transaction, attempt);
        if (isTaken) await by.completions.begin(transaction, { attempt, answerHash, problem: null });
        return isTaken;
      });

    describe('an attempt', () => {
      test('is found by its digests in any process, as it was added, and opens its proof', async () => {
        const attempt = await addAttempt();
        expect(await there.pending.findByLink('link of att_1')).toEqual(attempt);
        expect(attempt).toMatchObject({ requestedScopes: ['openid', 'email'], createdAt: open.clock.now() });
        const proof = await there.pending.openProof(attempt);
        expect([proof.codeVerifier.expose(), proof.nonce?.expose()]).toEqual(['verifier', 'nonce']);
      });

      test('that ten want to take is taken by one, whose outcome the others find', async () => {
        const attempt = await addAttempt();
        const takers = await together(async (by, at) => {
          const isTaken = await consume(by, attempt, `answer ${at}`);
          return { isTaken, seen: await by.completions.findByState(attempt.stateHash) };
        });
        expect(takers.filter(({ isTaken }) => isTaken)).toHaveLength(1);
        expect(new Set(takers.map(({ seen }) => seen?.answerHash)).size).toBe(1);
        expect(takers[0]?.seen).toMatchObject({
          status: 'EXCHANGING',
          deadlineAt: open.clock.now() + exchangeDeadlineMs,
        });
        expect(await here.pending.findByState(attempt.stateHash)).toBeNull();
      });

      test('whose taker fails before the end is there as it was', async () => {
        const attempt = await addAttempt();
        const failing = here.database.write(async (transaction) => {
          await here.pending.take(transaction, attempt);
          throw new Error('no');
        });
        await expect(failing).rejects.toThrow('no');
        expect(await there.pending.findByState(attempt.stateHash)).toEqual(attempt);
      });

      test('has a link that ten can open once', async () => {
        const attempt = await addAttempt();
        const opened = await together((by) => by.pending.spendLink(attempt));
        expect(opened.filter(Boolean)).toHaveLength(1);
        expect(await here.pending.findByLink('link of att_1')).toBeNull();
      });

      test('parks an answer, and not once it was taken', async () => {
        const attempt = await addAttempt();
        await consume(there, attempt);
        const answer = {
          digest: 'd',
          code: Secret.of('code'),
          state: Secret.of('state'),
          iss: null,
          error: null,
          kept: { realm: '7' },
        };
        const parking = { answer, handleHash: 'handle', until: open.clock.now() + 1000 };
        expect(await here.pending.park(attempt, parking)).toBe(false);
      });

      test('into which ten park takes the first answer for good, and says so to those who bring the same', async () => {
        const attempt = await addAttempt();
        const park = (by: Process, handleHash: string) => {
          const answer = {
            digest: handleHash,
            code: Secret.of('c'),
            state: Secret.of('s'),
            iss: null,
            error: null,
            kept: { realm: '7' },
          };
          return by.pending.park(attempt, { answer, handleHash, until: open.clock.now() + 1000 });
        };
        const parked = await together((by, at) => park(by, `handle ${Math.floor(at / 2)}`)); // each from both processes
        expect(parked.filter(Boolean)).toHaveLength(2);
        const first = Math.floor(parked.indexOf(true) / 2);
        expect(parked.lastIndexOf(true)).toBe(2 * first + 1);
        const stored = await there.pending.findByHandle(`handle ${first}`);
        expect((await there.pending.openAnswer(stored!))?.digest).toBe(`handle ${first}`);
      });

      test('beyond the fiftieth of a user lets go of the oldest, in whatever process, and of nobody else’s', async () => {
        await addAttempt('att_other', 'bob');
        for (let made = 0; made < 52; made += 1) {
          await addAttempt(`att_${String(made).padStart(2, '0')}`);
          open.clock.advance(1);
        }
        const found = await Promise.all(
          ['att_00', 'att_01', 'att_02', 'att_51', 'att_other'].map((id) =>
            there.pending.findByState(`state of ${id}`),
          ),
        );
        expect(found.map((attempt) => attempt?.id)).toEqual([undefined, undefined, 'att_02', 'att_51', 'att_other']);
      });

      test('is purged once its time is over, and counted once by two who purge', async () => {
        await addAttempt('att_1');
        await addAttempt('att_2');
        open.clock.advance(600_000);
        const counts = await Promise.all([here.pending.purge(), there.pending.purge()]);
        expect(counts[0] + counts[1]).toBe(2);
      });
    });

    describe('an outcome', () => {
      test('is recorded once, whoever comes first', async () => {
        const { stateHash } = await begun();
        const connected = await together((by, at) =>
          by.database.write((transaction) =>
            by.completions.recordConnected(transaction, { stateHash, accountId: `acc_${at}` }),
          ),
        );
        expect(connected.filter(Boolean)).toHaveLength(1);
        const winner = connected.indexOf(true);
        expect(await there.completions.findByState(stateHash)).toMatchObject({
          status: 'CONNECTED',
          accountId: `acc_${winner}`,
        });
        await there.completions.recordFailed({ stateHash, problem: new Fault('PROVIDER_UNAVAILABLE') });
        expect(await here.completions.findByState(stateHash)).toMatchObject({ status: 'CONNECTED', problemCode: null });
      });

      test('past its deadline is no connection any more', async () => {
        const { stateHash } = await begun();
        open.clock.advance(exchangeDeadlineMs);
        const late = here.database.write((transaction) =>
          here.completions.recordConnected(transaction, { stateHash, accountId: 'acc_1' }),
        );
        expect(await late).toBe(false);
      });

      test('of a state that was begun already is refused whole', async () => {
        const attempt = await begun();
        const again = there.database.write((transaction) =>
          there.completions.begin(transaction, { attempt, answerHash: 'other', problem: null }),
        );
        await expect(again).rejects.toSatisfy(isDuplicate);
      });

      test('is not found once its time is over, and goes', async () => {
        const { stateHash } = await begun();
        open.clock.advance(exchangeDeadlineMs + 300_000);
        expect(await here.completions.findByState(stateHash)).toBeNull();
        expect(await here.completions.purge()).toBe(1);
      });

      async function begun(): Promise<PendingAuthorization> {
        const attempt = await addAttempt();
        await consume(here, attempt);
        return attempt;
      }
    });

    describe('a disconnection', () => {
      const owner = { accountId: 'acc_1', userId: 'ada' };

      test('that is due is claimed by one of ten, and is not due again before its time', async () => {
        await disconnected();
        open.clock.advance(60_000);
        const [due] = await there.disconnections.findDue(10);
        expect(due).toMatchObject({ ...owner, attempts: 0 });
        const claims = await together((by) => by.disconnections.claim(due!));
        expect(claims.filter(Boolean)).toHaveLength(1);
        expect(await here.disconnections.findDue(10)).toEqual([]);
        open.clock.advance(120_000);
        expect(await here.disconnections.findDue(10)).toMatchObject([{ attempts: 1 }]);
      });

      test('keeps its tokens, sealed, until it is done, and no longer', async () => {
        await disconnected();
        const found = await there.disconnections.find(owner);
        expect((await there.disconnections.open(found!))?.refreshToken?.expose()).toBe('refresh');
        await here.disconnections.recordDone('acc_1', 'REVOKED');
        expect(await there.disconnections.find(owner)).toMatchObject({
          revocation: 'REVOKED',
          sealedAccessToken: null,
          sealedRefreshToken: null,
          nextAttemptAt: null,
        });
      });

      test('of another user is as one that never was', async () => {
        await disconnected();
        expect(await here.disconnections.find({ ...owner, userId: 'bob' })).toBeNull();
      });

      async function disconnected(): Promise<void> {
        const pair = { accessToken: Secret.of('access'), refreshToken: Secret.of('refresh') };
        const tokens = await here.disconnections.seal(owner, pair);
        const facts = { ...owner, providerId: 'demo', externalId: null, refreshTokenFingerprint: null };
        await here.database.write((transaction) =>
          here.disconnections.add(transaction, facts, { revocation: 'FAILED_WILL_RETRY', tokens }),
        );
      }
    });
  });
}
