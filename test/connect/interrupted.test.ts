import { afterAll, beforeAll, expect, test } from 'vitest';
import { openConnectWorld, type ConnectWorld } from '../support/connect-world.js';

let world: ConnectWorld;
beforeAll(async () => {
  world = await openConnectWorld();
});
afterAll(() => world.close());

const unknown = 'Nothing was connected, and what the provider made of it is not known. Start the connection again';

test('an exchange whose process died is told as unknown after its deadline, and is never sent again', async () => {
  const other = await world.otherProcess();
  const callbackUrl = await world.signIn(await world.start());
  const hold = world.oidc.hold('token');
  const slow = other.connect.complete(world.anna, { callbackUrl }); // its code is out, and no answer comes
  await hold.arrived;
  await letDeadlinePass();
  const { account, problem } = await world.connect.complete(world.anna, { callbackUrl });
  expect(account).toBeNull();
  expect(problem?.message).toContain(unknown);
  expect(world.oidc.counts.token).toBe(1);

  hold.release(); // it was only slow, and what was told has to stay true
  expect((await slow).problem?.code).toBe('STATE_INVALID');
  expect(await world.count('connected_account')).toBe(0);
  expect(await world.count('token_set')).toBe(0);
  await other.close();
});

test('whoever waits for another process is told after five seconds that it is not finished, and when to ask again', async () => {
  const other = await world.otherProcess();
  const callbackUrl = await world.signIn(await world.start());
  const hold = world.oidc.hold('token');
  const slow = other.connect.complete(world.anna, { callbackUrl });
  await hold.arrived;
  const before = world.clock.monotonic();
  const { account, problem } = await world.passTimeUntil(world.connect.complete(world.anna, { callbackUrl }));
  expect(world.clock.monotonic() - before).toBeLessThan(6_000);
  expect(account).toBeNull();
  expect(problem).toMatchObject({ code: 'PROVIDER_UNAVAILABLE', remedy: 'RETRY', facts: { retryAfterSeconds: 5 } });
  expect(problem?.message).toBe(
    'This connection is still being finished, or was interrupted; which of the two is known in 85 seconds at the latest. Try again in 5 seconds.',
  );
  hold.release();
  const { account: connected } = await slow;
  expect((await world.connect.complete(world.anna, { callbackUrl })).account?.id).toBe(connected?.id);
  await other.close();
});

test('whoever waits for another process gives up at its deadline', async () => {
  const other = await world.otherProcess();
  const callbackUrl = await world.signIn(await world.start());
  const hold = world.oidc.hold('token');
  const slow = other.connect.complete(world.anna, { callbackUrl });
  await hold.arrived;
  const waiting = world.connect.complete(world.anna, { callbackUrl });
  await letDeadlinePass();
  expect((await world.passTimeUntil(waiting)).problem?.message).toContain(unknown);
  hold.release();
  await slow;
  await other.close();
});

test('a process that starts where no other serves tells at once what a dead one left, and connects nothing late', async () => {
  const dead = await world.otherProcess();
  const callbackUrl = await world.signIn(await world.start());
  const hold = world.oidc.hold('token');
  const slow = dead.connect.complete(world.anna, { callbackUrl });
  await hold.arrived;
  await world.connect.recoverInterrupted();
  const before = world.clock.monotonic();
  const { problem } = await world.connect.complete(world.anna, { callbackUrl });
  expect(problem).toMatchObject({ code: 'STATE_INVALID', remedy: 'RECONNECT' });
  expect(problem?.message).toContain(unknown);
  expect(world.clock.monotonic()).toBe(before);
  expect(world.log.lines.findLast(({ event }) => event === 'authorizations.interrupted')).toMatchObject({ count: 1 });
  hold.release();
  expect((await slow).account).toBeNull();
  await dead.close();
});

test('a start leaves the outcomes alone that are known', async () => {
  const callbackUrl = await world.signIn(await world.start());
  const { account } = await world.connect.complete(world.anna, { callbackUrl });
  await world.connect.recoverInterrupted();
  expect((await world.connect.complete(world.anna, { callbackUrl })).account?.id).toBe(account?.id);
});

test('an answer that failed for a fault of ours is told to start again when it comes again, not to try again', async () => {
  const me = world.actor('met-a-fault');
  const callbackUrl = await world.signIn(await world.start({}, me));
  await rename('token_set', 'token_set_away');
  await expect(world.connect.complete(me, { callbackUrl })).rejects.toThrow('token_set');
  await rename('token_set_away', 'token_set');
  const { problem } = await world.connect.complete(me, { callbackUrl });
  expect(problem).toMatchObject({ code: 'STATE_INVALID', remedy: 'RECONNECT' });
  expect(problem?.message).toContain('Start the connection again');
});

test('an answer that cannot be audited spends nothing, and connects once it can', async () => {
  const callbackUrl = await world.signIn(await world.start());
  const posts = world.oidc.counts.token;
  await rename('audit_event', 'audit_event_away');
  await expect(world.connect.complete(world.anna, { callbackUrl })).rejects.toThrow('audit_event');
  await rename('audit_event_away', 'audit_event');
  expect(world.oidc.counts.token).toBe(posts);
  expect((await world.connect.complete(world.anna, { callbackUrl })).account?.externalId).toBe('anna');
});

async function rename(table: string, name: string): Promise<void> {
  await world.database.write((transaction) => transaction.query(`ALTER TABLE ${table} RENAME TO ${name}`));
}

/** As if the wall clock had gone on while the process stood still. */
async function letDeadlinePass(): Promise<void> {
  await world.database.write((transaction) =>
    transaction.query("UPDATE completed_authorization SET deadline_at = 1 WHERE status = 'EXCHANGING'"),
  );
}
