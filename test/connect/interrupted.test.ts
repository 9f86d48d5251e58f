import { afterAll, beforeAll, expect, test } from 'vitest';
import { openConnectWorld, type ConnectWorld } from '../support/connect-world.js';

let world: ConnectWorld;
beforeAll(async () => {
  world = await openConnectWorld();
});
afterAll(() => world.close());

test('an exchange whose process died is told as unknown after its deadline, and is never sent again', async () => {
  const other = await world.otherProcess();
  const callbackUrl = await world.signIn(await world.start());
  const hold = world.oidc.hold('token');
  const slow = other.connect.complete(world.anna, { callbackUrl }); // its code is out, and no answer comes
  await hold.arrived;
  await letDeadlinePass();
  const { account, problem } = await world.connect.complete(world.anna, { callbackUrl });
  expect(account).toBeNull();
  expect(problem?.message).toContain('what became of it is not known');
  expect(world.oidc.counts.token).toBe(1);

  hold.release(); // it was only slow, and what was told has to stay true
  expect((await slow).problem?.code).toBe('STATE_INVALID');
  expect(await world.count('connected_account')).toBe(0);
  expect(await world.count('token_set')).toBe(0);
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
  expect((await world.passTimeUntil(waiting)).problem?.message).toContain('what became of it is not known');
  hold.release();
  await slow;
  await other.close();
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
