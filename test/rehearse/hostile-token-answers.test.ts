/** Whatever a provider answers where tokens belong: a token set, or one clear error; never a crash, and never an account that
 *  is stored by halves. */
import 'reflect-metadata';
import * as fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { Fault } from '../../src/errors.js';
import { openRehearsal, type OpenRehearsal } from '../../src/rehearse/open-rehearsal.js';
import type { ProviderAnswer } from '../../src/rehearse/provider-request.js';
import { shippedDefinition } from '../../src/rehearse/rehearsed-provider.js';
import { connectPerson, passTimeUntilRefresh, tryToConnect } from '../../src/rehearse/walk.js';
import { silentLog } from '../support/silent-log.js';

type Mangle = (answer: ProviderAnswer) => ProviderAnswer;

/** Plain; tokens in a `body` and failures in a 200; forms; ends as dates; a list; an ID Token; a nested token. */
const dialects = ['hubspot', 'withings', 'github', 'square', 'instagram', 'google', 'slack'];

let stage: OpenRehearsal;
afterEach(() => stage.close());

async function open(id: string): Promise<OpenRehearsal> {
  const opened = await openRehearsal(shippedDefinition(id), { log: silentLog });
  if ('faults' in opened) throw new Error(JSON.stringify(opened.faults));
  return opened.value;
}

/** Rows of each table, and what of an account has no tokens or the reverse. */
async function stored(): Promise<{ accounts: number; tokens: number; halves: number; attempts: number }> {
  const { reader } = stage.world.database;
  const count = async (what: string): Promise<number> => {
    const [row]: { n: number }[] = await reader.query(`SELECT count(*) AS n FROM ${what}`);
    return row?.n ?? -1;
  };
  const unmatched = `connected_account a LEFT JOIN token_set t ON t.account_id = a.id
    WHERE t.account_id IS NULL OR t.sealed_access_token = ''`;
  return {
    accounts: await count('connected_account'),
    tokens: await count('token_set'),
    halves: await count(unmatched),
    attempts: await count('pending_authorization'),
  };
}

test.each(dialects)(
  'a code is traded at %s for an account or for one clear problem',
  { timeout: 120_000 },
  async (id) => {
    stage = await open(id);
    let people = 0;
    await fc.assert(
      fc.asyncProperty(mangles(), async (mangle) => {
        const before = await stored();
        stage.server.next('token', mangle);
        const { account, problem } = await tryToConnect(stage, `person${(people += 1)}`, true);
        const after = await stored();
        expect([account === null, problem === null].filter(Boolean)).toHaveLength(1);
        expect(after.accounts - before.accounts).toBe(account ? 1 : 0);
        expect(after).toMatchObject({ tokens: after.accounts, halves: 0, attempts: 0 });
        if (problem) expect(CONNECT_PROBLEMS).toContain(problem.code);
        expect(problem?.message ?? '').not.toContain('rehearsed-');
      }),
      { numRuns: 60, examples },
    );
  },
);

test.each(dialects.filter((id) => id !== 'github'))(
  'a refresh at %s brings a token or one clear error, and the pair that stands is whole',
  { timeout: 120_000 },
  async (id) => {
    stage = await open(id);
    const { world, provider, server } = stage;
    let people = 0;
    await fc.assert(
      fc.asyncProperty(mangles(), async (mangle) => {
        const person = `person${(people += 1)}`;
        const account = await connectPerson(stage, person);
        await passTimeUntilRefresh(stage, account);
        const [before] = await tokenRows(account.id);
        server.next('refresh', mangle);
        const outcome = await world.freshTokens
          .refreshNow({ userId: person, accountId: account.id })
          .then(() => 'renewed')
          .catch((error: unknown) => (error instanceof Fault ? error.code : Promise.reject(error)));
        await world.settled();
        const [after, ...more] = await tokenRows(account.id);
        const isRenewed = outcome === 'renewed';
        expect([...REFRESH_PROBLEMS, 'renewed']).toContain(outcome);
        expect(more).toEqual([]);
        expect(after?.version).toBe((before?.version ?? 0) + (isRenewed ? 1 : 0));
        if (!isRenewed) expect(after?.sealed_refresh_token).toBe(before?.sealed_refresh_token);
        if (isRenewed) {
          const token = await world.freshTokens.use({ userId: person, providerId: provider.id, accountId: account.id });
          expect(token.version).toBe(after?.version);
        }
        expect(await stored()).toMatchObject({ halves: 0, attempts: 0 });
      }),
      { numRuns: 60, examples },
    );
  },
);

interface TokenRow {
  readonly version: number;
  readonly sealed_refresh_token: string | null;
}

async function tokenRows(accountId: string): Promise<TokenRow[]> {
  return stage.world.database.reader.query('SELECT version, sealed_refresh_token FROM token_set WHERE account_id = ?', [
    accountId,
  ]);
}

const CONNECT_PROBLEMS = [
  'STATE_INVALID',
  'AUTHORIZATION_DENIED',
  'PROVIDER_UNAVAILABLE',
  'PROVIDER_MISCONFIGURED',
  'PROVIDER_RATE_LIMITED',
];
const REFRESH_PROBLEMS = [
  'REAUTHORIZATION_REQUIRED',
  'PROVIDER_UNAVAILABLE',
  'PROVIDER_MISCONFIGURED',
  'PROVIDER_RATE_LIMITED',
];

/** One that must do, and one that cannot. */
const examples: [Mangle][] = [[(answer) => answer], [() => ({ status: 500 })]];

/** From the answer that would have come: nothing of it, some of it, or all of it with something wrong. */
function mangles(): fc.Arbitrary<Mangle> {
  const statuses = fc.oneof(fc.constant(200), fc.constantFrom(201, 204, 302, 400, 401, 403, 404, 429, 500, 503));
  const types = fc.constantFrom(
    'application/json',
    'application/x-www-form-urlencoded',
    'text/html',
    'text/plain; charset=utf-16',
    'nonsense',
    '',
  );
  const bodies = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((bytes) => () => bytes),
    fc.json({ maxDepth: 3 }).map((text) => () => utf8(text)),
    fc.webQueryParameters().map((text) => () => utf8(text)),
    fc.constantFrom('', '{}', 'null', '[]', '<html>', '{"access_token":"a"}').map((text) => () => utf8(text)),
    fc.integer({ min: 1, max: 20_000 }).map((depth) => () => utf8('{"a":'.repeat(depth) + '1' + '}'.repeat(depth))),
    fc.double({ min: 0, max: 1, noNaN: true }).map((part) => (bytes: Buffer) => bytes.subarray(0, bytes.length * part)),
    fc.nat().map((at) => (bytes: Buffer) => withByte(bytes, at)),
    fc.tuple(fc.nat(), strangeValues()).map(
      ([at, value]) =>
        (bytes: Buffer) =>
          withValue(bytes, at, value),
    ),
    fc.nat().map((at) => (bytes: Buffer) => withDoubledKey(bytes, at)),
  );
  return fc
    .record({ status: statuses, type: types, body: bodies, isTypeKept: fc.boolean() })
    .map((made) => (answer) => ({
      status: made.status,
      headers: made.isTypeKept ? (answer.headers ?? {}) : { 'content-type': made.type },
      ...(made.status === 204 ? {} : { body: made.body(Buffer.from(answer.body ?? '')) }),
    }));
}

/** As they are written. */
function strangeValues(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.constantFrom('1e309', '-1', '-0', '0', '1e-9', '99999999999999999999', 'true', 'null', '""', '" "', '[]', '{}'),
    fc.constantFrom('"\\u0000"', '"\\ud800"', '"a b"', '"NaN"', '"-5"', '"1e5"', '"2026-02-30T99:00:00Z"', '"é"'),
    fc.constantFrom(`"${'x'.repeat(30_000)}"`, `"${'x'.repeat(70_000)}"`, '["a","b"]', '{"a":{"b":[]}}'),
    fc.json({ maxDepth: 2 }),
  );
}

const utf8 = (text: string): Buffer => Buffer.from(text);

function withByte(bytes: Buffer, at: number): Buffer {
  const cut = bytes.length === 0 ? 0 : at % bytes.length;
  return Buffer.concat([bytes.subarray(0, cut), Buffer.from([0xff]), bytes.subarray(cut)]);
}

/** The value of one member of the text, whichever its depth, is written as another. */
function withValue(bytes: Buffer, at: number, value: string): Buffer {
  const text = bytes.toString();
  const members = [...text.matchAll(/("[^"]+":)("[^"]*"|-?[\d.]+|true|false|null)/g)];
  const member = members[at % Math.max(1, members.length)];
  if (member?.[1] === undefined) return utf8(text.replace(/=[^&]*/, `=${encodeURIComponent(value)}`));
  return utf8(text.slice(0, member.index) + member[1] + value + text.slice(member.index + member[0].length));
}

function withDoubledKey(bytes: Buffer, at: number): Buffer {
  const text = bytes.toString();
  const members = [...text.matchAll(/"[^"]+":("[^"]*"|-?[\d.]+)/g)];
  const member = members[at % Math.max(1, members.length)];
  if (!member) return utf8(`${text}&${text}`);
  return utf8(`${text.slice(0, member.index)}${member[0]},${text.slice(member.index)}`);
}
