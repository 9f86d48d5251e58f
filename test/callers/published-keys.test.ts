import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createAuthenticator, type Authenticator } from '../../src/callers/authenticate.js';
import type { CallerKey } from '../../src/config/config.js';
import { Fault } from '../../src/errors.js';
import { createOutbound } from '../../src/outbound/create-outbound.js';
import type { Outbound } from '../../src/outbound/outbound.js';
import { makeIssuerKey, signJwt, startJwtIssuer, type IssuerKey, type JwtIssuer } from '../support/jwt-issuer.js';
import { collectLog, type LogLines } from '../support/log-lines.js';
import { createTestClock, type TestClock } from '../support/test-clock.js';
import { noServiceTokens } from '../support/callers.js';

let issuer: JwtIssuer;
let key: IssuerKey;
let clock: TestClock;
let outbound: Outbound;
let lines: LogLines;
let authenticator: Authenticator;

beforeEach(async () => {
  [issuer, key] = await Promise.all([startJwtIssuer(), makeIssuerKey('first')]);
  issuer.publish(key);
  clock = createTestClock();
  outbound = createOutbound({ clock });
  lines = collectLog();
  authenticator = authenticatorBy({ kind: 'jwksUrl', url: issuer.jwksUrl });
});

afterEach(() => Promise.all([issuer.close(), outbound.close()]));

function authenticatorBy(source: CallerKey, issuerName = issuer.url): Authenticator {
  const config = {
    issuer: issuerName,
    audience: ['latchkey'],
    key: source,
    algorithms: ['ES256', 'RS256'],
    clockToleranceSeconds: 5,
    userIdClaim: 'sub',
    rolesClaim: 'roles',
    adminRoles: {},
  };
  return createAuthenticator({ config, outbound, clock, log: lines.log, serviceTokens: noServiceTokens });
}

/** A new token each time, so that no answer comes from the memory of verified ones. */
let count = 0;
async function jwtBy(signer: IssuerKey, header = {}): Promise<string> {
  const exp = clock.now() / 1000 + 7200;
  const claims = { iss: issuer.url, aud: 'latchkey', sub: `user-${count++}`, exp };
  return `Bearer ${await signJwt({ key: signer, claims, header })}`;
}

const accept = async (signer: IssuerKey): Promise<void> => {
  expect((await authenticator.authenticate(await jwtBy(signer))).id).toMatch(/^user-/);
};

async function refuse(signer: IssuerKey): Promise<Fault> {
  const fault: unknown = await authenticator.authenticate(await jwtBy(signer)).catch((error: unknown) => error);
  if (!(fault instanceof Fault)) throw new Error('no refusal');
  return fault;
}

const fetches = (): number => issuer.requests['/jwks'] ?? 0;

describe('published keys', () => {
  test('are fetched once, for twenty callers who come together and for those who come later', async () => {
    const jwts = await Promise.all(Array.from({ length: 20 }, () => jwtBy(key)));
    await Promise.all(jwts.map((jwt) => authenticator.authenticate(jwt)));
    await accept(key);
    expect(fetches()).toBe(1);
  });

  test('are found through the discovery document of the issuer', async () => {
    authenticator = authenticatorBy({ kind: 'discovery' });
    await accept(key);
    expect(issuer.requests).toEqual({ '/.well-known/openid-configuration': 1, '/jwks': 1 });
  });

  test('are fetched again after ten minutes, so that a key that was withdrawn stops working', async () => {
    await accept(key);
    issuer.publish(await makeIssuerKey('second'));
    clock.advance(10 * 60_000);
    expect(await refuse(key)).toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('are told apart by algorithm where one name serves two', async () => {
    const rsa = await makeIssuerKey('first', 'RS256');
    issuer.publish(key, rsa);
    await accept(key);
    await accept(rsa);
  });
});

describe('a key that is not known yet', () => {
  test('is looked for again, so that an issuer may rotate its keys', async () => {
    await accept(key);
    const next = await makeIssuerKey('second');
    issuer.publish(key, next);
    clock.advance(30_000);
    await accept(next);
    await accept(key);
    expect(fetches()).toBe(2);
  });

  test('is looked for once in half a minute, however many names are invented', async () => {
    await accept(key);
    clock.advance(30_000);
    const strangers = await Promise.all(['x', 'y', 'z'].map((kid) => makeIssuerKey(kid)));
    for (const stranger of strangers) {
      expect((await refuse(stranger)).facts.why).toBe('The JWT is signed with a key that its issuer does not publish.');
    }
    expect(fetches()).toBe(2);
  });
});

describe('an issuer that cannot be reached', () => {
  test('is no fault of the caller: INTERNAL, with a sentence of its own, and a line in the log', async () => {
    issuer.answerWith('cut');
    const fault = await refuse(key);
    expect(fault.code).toBe('INTERNAL');
    expect(fault.message).toMatch(/^The keys that prove who you are cannot be fetched .* Try again/);
    expect(lines.events()).toEqual(['callers.keys_not_fetched']);
    expect(lines.lines[0]).toMatchObject({ level: 'warn', err: { failure: expect.any(String) } });
  });

  test.each([
    ['an error', { status: 503, body: '{}' }],
    ['a redirect', { status: 302, body: '' }],
    ['a page', { status: 200, body: '<html>' }],
    ['no key set', { status: 200, body: '{"keys":"none"}' }],
    ['a key that is none', { status: 200, body: '{"keys":[null]}' }],
    ['a novel', { status: 200, body: `{"keys":[],"x":"${'x'.repeat(300_000)}"}` }],
  ])('may also answer %s', async (_what, answer) => {
    issuer.answerWith(answer);
    expect((await refuse(key)).code).toBe('INTERNAL');
  });

  test('is left alone for two seconds, then asked again', async () => {
    issuer.answerWith({ status: 503, body: '' });
    await refuse(key);
    await refuse(key);
    expect(fetches()).toBe(1);
    issuer.answerWith(null);
    clock.advance(2_000);
    await accept(key);
  });

  test('leaves its keys usable for an hour, and no longer', async () => {
    await accept(key);
    issuer.answerWith('cut');
    clock.advance(59 * 60_000);
    await accept(key);
    clock.advance(60_000);
    expect((await refuse(key)).code).toBe('INTERNAL');
  });

  test('is not held against a caller whose key may be a new one', async () => {
    await accept(key);
    issuer.answerWith('cut');
    clock.advance(30_000);
    expect((await refuse(await makeIssuerKey('second'))).code).toBe('INTERNAL');
  });
});

describe('a discovery document', () => {
  beforeEach(() => {
    authenticator = authenticatorBy({ kind: 'discovery' });
  });

  test('of another issuer is not believed', async () => {
    issuer.changeDiscovery({ issuer: 'https://login.example.com' });
    expect((await refuse(key)).code).toBe('INTERNAL');
    expect(fetches()).toBe(0);
  });

  test('without an address of keys, or with one that is no URL, gives none', async () => {
    for (const address of [undefined, 7, '/jwks']) {
      issuer.changeDiscovery({ jwks_uri: address });
      clock.advance(2_000);
      expect((await refuse(key)).code).toBe('INTERNAL');
    }
  });

  test('of an issuer on this machine cannot send us to another network', async () => {
    issuer.changeDiscovery({ jwks_uri: 'http://169.254.169.254/latest/meta-data' });
    expect((await refuse(key)).code).toBe('INTERNAL');
    expect(lines.lines[0]).toMatchObject({ err: { failure: 'refused_address' } });
  });
});
