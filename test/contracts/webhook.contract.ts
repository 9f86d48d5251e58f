/** The rules that hold for the delivery of events, whatever database stands behind the outbox: a real receiver checks every
 *  post with the library of Standard Webhooks. Run by test/events/webhook.test.ts on each database. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { WebhookConfig } from '../../src/config/config.js';
import type { Database } from '../../src/database/database.js';
import { accountEventTypes, type AccountChange } from '../../src/events/account-event.js';
import { createAccountEvents, type AccountEvents } from '../../src/events/account-events.js';
import { createWebhook, type Webhook } from '../../src/events/create-webhook.js';
import { createPurgeEvents } from '../../src/events/purge-events.js';
import { noMetrics } from '../../src/observe/measures.js';
import { createOutbound } from '../../src/outbound/create-outbound.js';
import type { Outbound } from '../../src/outbound/outbound.js';
import { Secret } from '../../src/secret.js';
import { collectLog, type LogLines } from '../support/log-lines.js';
import { storedEvents } from '../support/stored-events.js';
import { openTestDatabase, type DatabaseKind, type TestDatabase } from '../support/test-database.js';
import { startWebhookReceiver, verified, webhookSecrets, type WebhookReceiver } from '../support/webhook-receiver.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export function describeWebhook(kind: DatabaseKind): void {
  describe(`the webhook on ${kind}`, () => {
    let open: TestDatabase;
    let receiver: WebhookReceiver;
    let outbound: Outbound;
    let events: AccountEvents;
    let webhook: Webhook;
    let log: LogLines;

    beforeEach(async () => {
      open = await openTestDatabase(kind);
      receiver = await startWebhookReceiver();
      outbound = createOutbound(open);
      log = collectLog();
      events = createAccountEvents({ ...open, webhookTypes: new Set(accountEventTypes) });
      webhook = webhookOf();
    });
    afterEach(async () => {
      await outbound.close();
      await receiver.close();
      await open.close();
    });

    /** As an instance of its own has it. */
    function webhookOf(changes: Partial<WebhookConfig> = {}, database: Database = open.database): Webhook {
      const secrets = keysOf(webhookSecrets[0]);
      const config = { url: receiver.url, network: 'loopback', secrets, types: accountEventTypes, ...changes } as const;
      return createWebhook({ config, database, outbound, clock: open.clock, log: log.log, metrics: noMetrics });
    }

    const keysOf = (...secrets: string[]) => secrets.map((secret) => Secret.of(secret.replace('whsec_', '')));
    const died: AccountChange = {
      type: 'NEEDS_REAUTHORIZATION',
      accountId: 'acc_1',
      userId: 'ada',
      providerId: 'test',
      facts: { code: 'INVALID_GRANT' },
    };
    const other: AccountChange = { ...died, type: 'CONNECTED', accountId: 'acc_2', facts: {} };

    const record = (...changes: AccountChange[]) =>
      open.database.write(async (transaction) => {
        for (const one of changes) await events.record(transaction, one);
      });
    const deliver = () => webhook.deliverer?.run();
    const stored = async () => {
      const rows = await storedEvents(open.database);
      return rows.map(({ delivery, tries, lastFailure }) => ({ delivery, tries, lastFailure }));
    };

    describe('a post', () => {
      test('carries what happened under a signature that the standard library takes', async () => {
        const endsAt = open.clock.now() + DAY;
        await record(died, { ...other, type: 'EXPIRING', facts: { endsAt } });
        await deliver();
        expect(receiver.posts).toHaveLength(2);
        const payloads = receiver.posts.map((post) => verified(post, { now: open.clock.now() }));
        expect(payloads).toContainEqual({
          type: 'account.needs_reauthorization',
          timestamp: new Date(open.clock.now()).toISOString(),
          data: { accountId: 'acc_1', userId: 'ada', provider: 'test', code: 'INVALID_GRANT' },
        });
        expect(payloads).toContainEqual({
          type: 'account.expiring',
          timestamp: expect.any(String),
          data: { accountId: 'acc_2', userId: 'ada', provider: 'test', endsAt: new Date(endsAt).toISOString() },
        });
        const ids = (await storedEvents(open.database)).map(({ id }) => id);
        expect(receiver.posts.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
        expect(receiver.posts[0]?.headers).toMatchObject({ 'content-type': 'application/json' });
      });

      test('is signed with both keys while one is exchanged for the other, and with no third', async () => {
        webhook = webhookOf({ secrets: keysOf(webhookSecrets[0], webhookSecrets[1]) });
        await record(died);
        await deliver();
        const [post] = receiver.posts;
        if (!post) throw new Error('nothing was posted');
        const now = open.clock.now();
        for (const secret of webhookSecrets.slice(0, 2)) expect(() => verified(post, { secret, now })).not.toThrow();
        expect(() => verified(post, { secret: webhookSecrets[2], now })).toThrow('signature');
        expect(() => verified({ ...post, body: `${post.body} ` }, { now })).toThrow('signature');
      });

      test('is one for each event, and none for those that the webhook is not told of', async () => {
        events = createAccountEvents({ ...open, webhookTypes: new Set(['CONNECTED']) });
        await record(died, other);
        await deliver();
        await deliver();
        expect(receiver.posts).toHaveLength(1);
      });
    });

    describe('a receiver', () => {
      test('that fails for a day gets every event in the end, with the id of its first try', async () => {
        receiver.answerWith({ status: 503 });
        await record(died, other);
        const until = open.clock.now() + DAY;
        while (open.clock.now() < until) {
          await deliver();
          open.clock.advance(30 * MINUTE);
        }
        expect(await stored()).toMatchObject([
          { delivery: 'PENDING' },
          { delivery: 'PENDING', lastFailure: 'HTTP 503' },
        ]);
        receiver.answerWith({ status: 200 });
        open.clock.advance(12 * HOUR);
        await deliver();
        expect(await stored()).toMatchObject([
          { delivery: 'DELIVERED', lastFailure: null },
          { delivery: 'DELIVERED', lastFailure: null },
        ]);
        const last = receiver.posts.at(-1);
        if (!last) throw new Error('nothing was posted');
        expect(verified(last, { now: open.clock.now() })).toBeDefined(); // each try has a time of its own
        expect(new Set(receiver.posts.map(({ id }) => id)).size).toBe(2);
      });

      test('that never takes an event is left in peace after more than a day, and an error says so', async () => {
        receiver.answerWith({ status: 500 });
        await record(died);
        const startedAt = open.clock.now();
        let deadAt = 0;
        for (let hour = 0; deadAt === 0 && hour < 60; hour += 1) {
          for (let minute = 0; minute < 60; minute += 10) {
            await deliver();
            open.clock.advance(10 * MINUTE);
          }
          if ((await stored())[0]?.delivery === 'DEAD') deadAt = open.clock.now();
        }
        expect(deadAt - startedAt).toBeGreaterThan(DAY);
        expect(receiver.posts).toHaveLength(11);
        expect(log.events()).toContain('webhook.dead');
      });

      test('that says 410 is asked no more for that event', async () => {
        receiver.answerWith(({ body }) => ({ status: body.includes('acc_1') ? 410 : 200 }));
        await record(died, other);
        await deliver();
        open.clock.advance(DAY);
        await deliver();
        expect(receiver.posts).toHaveLength(2);
        expect(await stored()).toMatchObject([
          { delivery: 'DEAD', lastFailure: 'HTTP 410' },
          { delivery: 'DELIVERED' },
        ]);
      });

      test('that asks for time gets it, up to half a day', async () => {
        receiver.answerWith({ status: 429, headers: { 'retry-after': '3600' } });
        await record(died);
        await deliver();
        open.clock.advance(59 * MINUTE);
        await deliver();
        expect(receiver.posts).toHaveLength(1);
        receiver.answerWith({ status: 503, headers: { 'retry-after': '999999999' } });
        open.clock.advance(MINUTE);
        await deliver();
        receiver.answerWith({ status: 200 });
        open.clock.advance(12 * HOUR);
        await deliver();
        expect(receiver.posts).toHaveLength(3);
      });

      test('that redirects is not followed, and its event is tried again', async () => {
        receiver.answerWith({ status: 307, headers: { location: `${receiver.url}&again=1` } });
        await record(died);
        await deliver();
        expect(receiver.posts).toHaveLength(1);
        expect(await stored()).toMatchObject([{ delivery: 'PENDING', lastFailure: 'HTTP 307' }]);
      });

      test('that answers more than anybody reads has taken the event all the same', async () => {
        receiver.answerWith({ status: 200, body: 'x'.repeat(1_000_000) });
        await record(died);
        await deliver();
        expect(await stored()).toMatchObject([{ delivery: 'DELIVERED' }]);
      });

      test('that does not answer is cut off, while another event is delivered beside it', async () => {
        receiver.answerWith(({ body }) => ({
          status: 200,
          ...(body.includes('acc_1') ? { after: new Promise(() => undefined) } : {}),
        }));
        await record(died, other);
        const delivering = deliver();
        await vi.waitFor(async () => expect(await stored()).toMatchObject([{}, { delivery: 'DELIVERED' }]));
        open.clock.advance(15 * SECOND);
        await delivering;
        expect(await stored()).toMatchObject([{ delivery: 'PENDING', tries: 1, lastFailure: 'no_answer' }, {}]);
      });

      test('that hangs holds back no event that is committed meanwhile', async () => {
        receiver.answerWith(({ body }) => ({
          status: 200,
          ...(body.includes('acc_1') ? { after: new Promise(() => undefined) } : {}),
        }));
        await record(died);
        const delivering = deliver();
        await vi.waitFor(() => expect(receiver.posts).toHaveLength(1));
        await record(other);
        webhook.tell([{ ...other, at: open.clock.now() }]);
        await vi.waitFor(async () => expect(await stored()).toMatchObject([{}, { delivery: 'DELIVERED' }]));
        open.clock.advance(15 * SECOND);
        await delivering;
      });

      test('that is not there gets the event once it is', async () => {
        const { url } = receiver;
        await receiver.close();
        webhook = webhookOf({ url });
        await record(died);
        await deliver();
        expect(await stored()).toMatchObject([{ delivery: 'PENDING', lastFailure: 'not_sent' }]);
        const { detail } = log.lines.find(({ event }) => event === 'webhook.failed') ?? {};
        expect(detail).toMatch(/^http:\/\/127\.0\.0\.1:\d+: (?!.*webhook)/); // no path: it may hold a key
      });

      test('on a private address is never connected to from the public network', async () => {
        webhook = webhookOf({ url: receiver.url.replace('http:', 'https:'), network: 'public' });
        await record(died);
        await deliver();
        expect(receiver.posts).toEqual([]);
        expect(await stored()).toMatchObject([{ delivery: 'PENDING', lastFailure: 'refused_address' }]);
      });
    });

    describe('events of one account', () => {
      test('come in their order: a younger one waits for the next tries of an older one', async () => {
        receiver.answerWith({ status: 500 });
        await record(died, { ...died, type: 'RECOVERED', facts: { by: 'REFRESH' } });
        await deliver();
        receiver.answerWith({ status: 200 });
        open.clock.advance(5 * SECOND);
        await deliver();
        const types = receiver.posts.map(({ body }) => (JSON.parse(body) as { type: string }).type);
        expect(types).toEqual(['account.needs_reauthorization', 'account.needs_reauthorization', 'account.recovered']);
      });

      test('are not held back for a day by one that the receiver cannot take', async () => {
        receiver.answerWith(({ body }) => ({ status: body.includes('needs_reauthorization') ? 500 : 200 }));
        await record(died, { ...died, type: 'RECOVERED', facts: { by: 'REFRESH' } });
        for (const wait of [0, 5 * SECOND, 30 * SECOND, 2 * MINUTE]) {
          open.clock.advance(wait);
          await deliver();
        }
        expect(await stored()).toMatchObject([{ delivery: 'PENDING' }, { delivery: 'DELIVERED' }]);
      });
    });

    describe('instances', () => {
      test('that deliver at the same time post each event once', async () => {
        const second = webhookOf({}, await open.openAnother());
        await record(...Array.from({ length: 40 }, (_, n): AccountChange => ({ ...other, accountId: `acc_${n}` })));
        await Promise.all([deliver(), second.deliverer?.run()]);
        await Promise.all([deliver(), second.deliverer?.run()]);
        expect(receiver.posts).toHaveLength(40);
        expect(new Set(receiver.posts.map(({ id }) => id)).size).toBe(40);
      });

      test('that die in a post leave the event to the others, a minute later and with its id', async () => {
        const dying = webhookOf({}, await open.openAnother());
        await record(died);
        await dying.outbox.claim(16); // and nothing after that, ever
        await deliver();
        expect(receiver.posts).toHaveLength(0);
        open.clock.advance(MINUTE);
        await deliver();
        expect(receiver.posts.map(({ id }) => id)).toEqual((await storedEvents(open.database)).map(({ id }) => id));
      });

      test('that come back late do not undo what was settled meanwhile', async () => {
        const late = webhookOf({}, await open.openAnother());
        await record(died);
        const [claimed] = await late.outbox.claim(16);
        if (!claimed) throw new Error('nothing was due');
        open.clock.advance(MINUTE);
        await deliver();
        await late.outbox.failed(claimed, { failure: 'no_answer', nextTryAt: open.clock.now() });
        expect(await stored()).toMatchObject([{ delivery: 'DELIVERED', lastFailure: null }]);
      });

      test('that end do not wait long for a receiver that hangs, whose event comes again', async () => {
        receiver.answerWith({ status: 200, after: new Promise(() => undefined) });
        await record(died);
        const delivering = deliver();
        await vi.waitFor(() => expect(receiver.posts).toHaveLength(1));
        const stopping = webhook.deliverer?.stop();
        open.clock.advance(4 * SECOND);
        await stopping;
        await delivering; // nor does the job wait
        expect(await stored()).toMatchObject([{ delivery: 'PENDING', tries: 0 }]);
        open.clock.advance(11 * SECOND);
        await vi.waitFor(async () => expect(await stored()).toMatchObject([{ tries: 1, lastFailure: 'no_answer' }]));
      });

      test('that end let a post end, and begin no other', async () => {
        let release = (): void => undefined;
        receiver.answerWith({ status: 200, after: new Promise((resolve) => (release = resolve)) });
        await record(died, { ...died, type: 'RECOVERED', facts: {} });
        const delivering = deliver();
        await vi.waitFor(() => expect(receiver.posts).toHaveLength(1));
        const stopping = webhook.deliverer?.stop();
        release();
        await stopping;
        await delivering;
        expect(await stored()).toMatchObject([{ delivery: 'DELIVERED' }, { delivery: 'PENDING', tries: 0 }]);
      });
    });

    describe('what was settled', () => {
      test('is sent again on demand: the dead alone, some by their ids, or all since a moment', async () => {
        receiver.answerWith(({ body }) => ({ status: body.includes('acc_1') ? 410 : 200 }));
        await record(died, other);
        await deliver();
        receiver.answerWith({ status: 200 });
        const [dead, taken] = await storedEvents(open.database);
        if (!dead || !taken) throw new Error('nothing was stored');
        const all = { ids: null, since: null, isOnlyDead: false };
        expect(await webhook.outbox.replay({ ...all, isOnlyDead: true })).toBe(1);
        await deliver();
        expect(await webhook.outbox.replay({ ...all, ids: [taken.id, 'ace_of_nobody'] })).toBe(1);
        await deliver();
        expect(receiver.posts.map(({ id }) => id).slice(2)).toEqual([dead.id, taken.id]);
        expect(await webhook.outbox.replay({ ...all, since: taken.at + 1 })).toBe(0);
        expect(await webhook.outbox.replay({ ...all, since: dead.at })).toBe(2);
        expect(await webhook.outbox.replay({ ...all, since: dead.at })).toBe(0); // they are due as it is
      });

      test('is paged by state, the newest first', async () => {
        receiver.answerWith(({ body }) => ({ status: body.includes('acc_1') ? 410 : 200 }));
        await record(died, other, { ...other, accountId: 'acc_3' });
        await deliver();
        const first = await webhook.outbox.page({ first: 2, after: null, state: null });
        expect(first.edges.map(({ node }) => node.accountId)).toEqual(['acc_3', 'acc_2']);
        const after = first.edges.at(-1)?.cursor ?? '';
        const next = await webhook.outbox.page({ first: 2, after, state: 'DEAD' });
        expect(next.edges.map(({ node }) => node)).toMatchObject([{ accountId: 'acc_1', lastFailure: 'HTTP 410' }]);
      });

      test('is purged by its age where it was delivered, and kept where it was not', async () => {
        receiver.answerWith(({ body }) => ({ status: body.includes('acc_1') ? 410 : 200 }));
        await record(died, other);
        await deliver();
        receiver.answerWith({ status: 500 });
        await record({ ...other, accountId: 'acc_3' });
        await deliver();
        open.clock.advance(31 * DAY);
        expect(await createPurgeEvents({ ...open, keptDays: 30 })()).toBe(1);
        expect(await stored()).toMatchObject([{ delivery: 'DEAD' }, { delivery: 'PENDING' }]);
      });

      test('shows what waits, and since when', async () => {
        expect(await webhook.outbox.backlog()).toEqual({ waiting: 0, oldestAt: null });
        const { clock } = open;
        const oldestAt = clock.now();
        await record(died);
        clock.advance(HOUR);
        await record(other);
        expect(await webhook.outbox.backlog()).toEqual({ waiting: 2, oldestAt });
      });
    });
  });
}
