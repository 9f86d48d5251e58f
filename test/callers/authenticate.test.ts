import * as fc from 'fast-check';
import { createHmac } from 'node:crypto';
import { exportSPKI, importJWK, SignJWT, type JWTPayload } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { createAuthenticator, type Authenticator } from '../../src/callers/authenticate.js';
import type { Caller } from '../../src/callers/caller.js';
import type { CallersConfig } from '../../src/config/config.js';
import { Fault } from '../../src/errors.js';
import type { Outbound } from '../../src/outbound/outbound.js';
import { Secret } from '../../src/secret.js';
import { makeIssuerKey, signJwt, type IssuerKey } from '../support/jwt-issuer.js';
import { collectLog } from '../support/log-lines.js';
import { createTestClock } from '../support/test-clock.js';
import { noServiceTokens } from '../support/callers.js';

const noOutbound: Outbound = {
  send: () => Promise.reject(new Error('nothing is to be fetched')),
  close: () => Promise.resolve(),
};

let key: IssuerKey;
let otherKey: IssuerKey;
let rsaKey: IssuerKey;
let pem: string;
let rsaPem: string;

beforeAll(async () => {
  [key, otherKey, rsaKey] = await Promise.all([makeIssuerKey('a'), makeIssuerKey('a'), makeIssuerKey('r', 'RS256')]);
  [pem, rsaPem] = await Promise.all([pemOf(key), pemOf(rsaKey)]);
});

async function pemOf({ publicJwk, algorithm }: IssuerKey): Promise<string> {
  const imported = await importJWK(publicJwk, algorithm, { extractable: true });
  if (imported instanceof Uint8Array) throw new TypeError('a public key was expected');
  return exportSPKI(imported);
}

const clock = createTestClock();
const nowSeconds = (): number => clock.now() / 1000;

const noLimits = { providers: null, users: null, readOnly: false };

function authenticatorWith(changes: Partial<CallersConfig> = {}): Authenticator {
  const config: CallersConfig = {
    issuer: 'https://login.example.com',
    audience: ['latchkey', 'latchkey-eu'],
    key: { kind: 'publicKey', pem },
    algorithms: ['ES256'],
    clockToleranceSeconds: 5,
    userIdClaim: 'sub',
    rolesClaim: 'roles',
    adminRoles: { ops: noLimits },
    ...changes,
  };
  return createAuthenticator({
    config,
    outbound: noOutbound,
    clock,
    log: collectLog().log,
    serviceTokens: noServiceTokens,
  });
}

function claimsWith(changes: JWTPayload = {}): JWTPayload {
  return { iss: 'https://login.example.com', aud: 'latchkey', sub: 'ada', exp: nowSeconds() + 300, ...changes };
}

const jwtWith = (changes: JWTPayload = {}, header = {}): Promise<string> =>
  signJwt({ key, claims: claimsWith(changes), header });

async function refusalOf(header: string | undefined, authenticator = authenticatorWith()): Promise<Fault> {
  const fault: unknown = await authenticator.authenticate(header).catch((error: unknown) => error);
  if (!(fault instanceof Fault)) throw new Error(`no refusal but ${JSON.stringify(fault)}`, { cause: fault });
  expect(fault.code).toBe('UNAUTHENTICATED');
  return fault;
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

const callerOf = async (claims: JWTPayload, changes: Partial<CallersConfig> = {}): Promise<Caller> =>
  authenticatorWith(changes).authenticate(`Bearer ${await jwtWith(claims)}`);

const whyRefused = async (jwt: string, authenticator?: Authenticator): Promise<string | undefined> =>
  (await refusalOf(`Bearer ${jwt}`, authenticator)).facts.why;

describe('a JWT of the configured issuer', () => {
  test('says who calls, with which roles, until when', async () => {
    const caller = await authenticatorWith().authenticate(`Bearer ${await jwtWith({ roles: ['ops', 'other'] })}`);
    expect(caller).toEqual({
      id: 'ada',
      role: 'admin',
      grants: [{ actions: null, providers: null, userPrefixes: null, isReadOnly: false }],
      expiresAt: clock.now() + 300_000,
    });
  });

  test('may come with the scheme in any case', async () => {
    const caller = await authenticatorWith().authenticate(`bearer  ${await jwtWith()}`);
    expect(caller.id).toBe('ada');
  });

  test('may name several audiences, one of which is ours', async () => {
    const jwt = await jwtWith({ aud: ['another', 'latchkey-eu'] });
    expect((await authenticatorWith().authenticate(`Bearer ${jwt}`)).id).toBe('ada');
  });

  test.each(['JWT', 'jwt', 'at+jwt', 'application/at+jwt', 'application/jwt'])('may be of the type %s', async (typ) => {
    expect((await authenticatorWith().authenticate(`Bearer ${await jwtWith({}, { typ })}`)).id).toBe('ada');
  });

  test('may be signed with a shared secret, where that is what is configured', async () => {
    const secret = 'a shared secret of thirty-two bytes';
    const shared = { key: { kind: 'sharedSecret', secret: Secret.of(secret) }, algorithms: ['HS256'] } as const;
    const jwt = await new SignJWT(claimsWith()).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(secret));
    expect((await authenticatorWith(shared).authenticate(`Bearer ${jwt}`)).id).toBe('ada');
    const forged = await new SignJWT(claimsWith()).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(`${secret}!`));
    expect(await whyRefused(forged, authenticatorWith(shared))).toContain('signature');
  });
});

describe('a request is refused, by the class of its fault, when', () => {
  test('it carries no token', async () => {
    for (const header of [undefined, '', '  ']) {
      expect((await refusalOf(header)).message).toBe(
        'The request carries no token. Send "Authorization: Bearer <JWT>" with a token that your app issued for this user.',
      );
    }
  });

  test('its header is of another scheme, or holds more than one token', async () => {
    for (const header of ['Basic YWRhOnBhc3N3b3Jk', 'Bearer', 'Bearer a.b.c d.e.f', 'Bearer a.b.c, Bearer d.e.f']) {
      expect((await refusalOf(header)).facts.why).toBe('The Authorization header is not "Bearer" and one token.');
    }
  });

  test('its token is no JWT, or longer than any', async () => {
    const tokens = ['opaque', 'a.b', 'a.b.c.d.e', 'a.b.c', 'e30.e30.e30', `${'a'.repeat(16_000)}.${'b'.repeat(400)}.c`];
    for (const token of tokens) expect(await whyRefused(token)).toBe('The bearer token is not a JWT.');
  });

  test('its JWT has expired, beyond the clock tolerance', async () => {
    expect(await whyRefused(await jwtWith({ exp: nowSeconds() - 6 }))).toBe('The JWT has expired.');
    const justOver = await jwtWith({ exp: nowSeconds() - 4 });
    expect((await authenticatorWith().authenticate(`Bearer ${justOver}`)).id).toBe('ada');
  });

  test('its JWT has no end, or one that is no time', async () => {
    const { exp: _, ...endless } = claimsWith();
    expect(await whyRefused(await signJwt({ key, claims: endless }))).toBe('The JWT has no end (exp).');
    const claims = { ...claimsWith(), exp: 'never' } as unknown as JWTPayload;
    expect(await whyRefused(await signJwt({ key, claims }))).toContain('RFC 7519');
  });

  test('its JWT is not valid yet, beyond the clock tolerance', async () => {
    expect(await whyRefused(await jwtWith({ nbf: nowSeconds() + 6 }))).toBe('The JWT is not valid yet.');
    const nearly = await jwtWith({ nbf: nowSeconds() + 4 });
    expect((await authenticatorWith().authenticate(`Bearer ${nearly}`)).id).toBe('ada');
  });

  test('its JWT comes from another issuer, even one that differs by a slash', async () => {
    for (const iss of ['https://evil.example', 'https://login.example.com/', undefined]) {
      const claims = Object.fromEntries(Object.entries({ ...claimsWith(), iss }).filter(([, value]) => value));
      expect(await whyRefused(await signJwt({ key, claims }))).toBe('The JWT comes from another issuer.');
    }
  });

  test('its JWT was issued for another audience, or for none', async () => {
    for (const aud of ['another', ['another'], []]) {
      expect(await whyRefused(await jwtWith({ aud }))).toBe('The JWT was issued for another audience.');
    }
  });

  test('its JWT is of a kind that gives no access', async () => {
    for (const typ of ['logout+jwt', 'dpop+jwt', 'secevent+jwt', 'application/token-introspection+jwt']) {
      expect(await whyRefused(await jwtWith({}, { typ }))).toContain('(typ)');
    }
  });

  test('its JWT is signed by another key of the same name', async () => {
    const jwt = await signJwt({ key: otherKey, claims: claimsWith() });
    expect(await whyRefused(jwt)).toBe('The signature of the JWT is not valid.');
  });

  test('a claim was changed after signing', async () => {
    const [header, , signature] = (await jwtWith()).split('.');
    const forged = Buffer.from(JSON.stringify(claimsWith({ sub: 'grace' }))).toString('base64url');
    expect(await whyRefused(`${header}.${forged}.${signature}`)).toBe('The signature of the JWT is not valid.');
  });

  test('its JWT claims to need no signature', async () => {
    for (const alg of ['none', 'None', 'NONE']) {
      for (const signature of ['', 'AAAA']) {
        const jwt = `${encode({ alg })}.${encode(claimsWith())}.${signature}`;
        expect(await whyRefused(jwt)).toBe('The JWT is signed with an algorithm that is not allowed here.');
      }
    }
  });

  test('its JWT takes the public key for a shared secret', async () => {
    const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claimsWith())}`;
    const forged = `${signed}.${createHmac('sha256', rsaPem).update(signed).digest('base64url')}`;
    const rsa = { key: { kind: 'publicKey', pem: rsaPem }, algorithms: ['RS256'] } as const;
    expect(await whyRefused(forged, authenticatorWith(rsa))).toContain('algorithm that is not allowed');
    const careless = authenticatorWith({ ...rsa, algorithms: ['RS256', 'HS256'] }); // which readConfig refuses
    await expect(careless.authenticate(`Bearer ${forged}`)).rejects.toThrow(Fault);
  });

  test('its JWT brings its own key', async () => {
    const header = { jwk: otherKey.publicJwk, jku: 'https://evil.example/jwks', x5u: 'https://evil.example/cert' };
    const jwt = await signJwt({ key: otherKey, claims: claimsWith(), header });
    expect(await whyRefused(jwt)).toBe('The signature of the JWT is not valid.');
  });

  test('its JWT uses an extension that is not understood', async () => {
    const signer = new SignJWT(claimsWith()).setProtectedHeader({ alg: 'ES256', crit: ['urn:x'], 'urn:x': 1 });
    expect(await whyRefused(await signer.sign(key.privateKey, { crit: { 'urn:x': true } }))).toContain('not a JWT');
  });

  test.each([undefined, '', '  ', 7, null, ['ada'], { id: 'ada' }, 'a'.repeat(256)])(
    'its JWT names no user: %j',
    async (sub) => {
      const jwt = await jwtWith({ sub } as unknown as JWTPayload);
      expect(await whyRefused(jwt)).toMatch(/^The JWT names no user: its claim "sub"/);
    },
  );
});

describe('a refusal', () => {
  test('never repeats a part of the token', async () => {
    const jwt = await jwtWith({ sub: 'planted-user', exp: nowSeconds() - 60, iss: 'planted-issuer' });
    for (const header of [`Bearer ${jwt}`, `Bearer planted ${jwt}`, `Planted ${jwt}`, `Bearer ${jwt}.planted`]) {
      const { message, facts, detail, cause } = await refusalOf(header);
      const told = JSON.stringify([message, facts, detail, String(cause)]);
      expect(told).not.toMatch(/planted/i);
      for (const part of jwt.split('.')) expect(told).not.toContain(part);
    }
  });

  test('is what any other text leads to', async () => {
    const authenticator = authenticatorWith();
    const words = fc.string({ unit: 'binary', maxLength: 200 });
    const jwtLike = fc
      .tuple(fc.json(), fc.json(), fc.uint8Array({ maxLength: 80 }))
      .map((parts) => parts.map((part) => Buffer.from(part as string).toString('base64url')).join('.'));
    await fc.assert(
      fc.asyncProperty(fc.oneof(words, jwtLike), async (token) => {
        await refusalOf(`Bearer ${token}`, authenticator);
      }),
    );
  });
});

describe('the claims of user and roles', () => {
  test('are found by a path with dots', async () => {
    const changes = { userIdClaim: 'app.user.id', rolesClaim: 'realm_access.roles' };
    const caller = await callerOf({ app: { user: { id: 'grace' } }, realm_access: { roles: ['ops'] } }, changes);
    expect(caller).toMatchObject({ id: 'grace', role: 'admin' });
  });

  test('are found by a name that holds dots itself', async () => {
    const changes = { userIdClaim: 'https://app.example/id' };
    expect((await callerOf({ 'https://app.example/id': 'grace' }, changes)).id).toBe('grace');
  });

  test('are never taken from what every object has', async () => {
    const jwt = await jwtWith();
    for (const userIdClaim of ['constructor.name', '__proto__', 'sub.length', 'toString']) {
      expect(await whyRefused(jwt, authenticatorWith({ userIdClaim }))).toContain('names no user');
    }
    expect((await callerOf({ roles: ['constructor', '__proto__'] })).role).toBe('user');
  });

  test('give the role of an admin for a whole value alone', async () => {
    for (const roles of ['ops', ['ops'], ['x', 'ops']]) {
      expect((await callerOf({ roles })).role).toBe('admin');
    }
    for (const roles of ['not ops', 'OPS', 'opsy', ['o', 'ps'], [['ops']], { ops: true }, 1, null, undefined]) {
      expect((await callerOf({ roles })).role).toBe('user');
    }
  });
});

describe('a token that was verified', () => {
  test('is not verified again for a minute, and never believed past its end', async () => {
    const authenticator = authenticatorWith();
    const long = `Bearer ${await jwtWith({ exp: nowSeconds() + 300 })}`;
    const brief = `Bearer ${await jwtWith({ exp: nowSeconds() + 30 })}`;
    const [first, firstBrief] = [await authenticator.authenticate(long), await authenticator.authenticate(brief)];
    expect(await authenticator.authenticate(long)).toBe(first);
    clock.advance(29_000);
    expect(await authenticator.authenticate(brief)).toBe(firstBrief);
    clock.advance(7_000);
    expect((await refusalOf(brief, authenticator)).facts.why).toBe('The JWT has expired.');
    clock.advance(25_000);
    expect(await authenticator.authenticate(long)).not.toBe(first);
  });
});
