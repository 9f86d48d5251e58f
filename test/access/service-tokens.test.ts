import { afterAll, beforeAll, expect, test } from 'vitest';
import { startOidcProvider } from '../support/oidc-provider.js';
import type { TestOidcProvider } from '../support/oidc-provider.js';
import { startTestApp } from '../support/test-app.js';
import type { GraphqlAnswer, TestApp } from '../support/test-app.js';

let oidc: TestOidcProvider;
let app: TestApp;
let admin: string;

beforeAll(async () => {
  oidc = await startOidcProvider();
  app = await startTestApp({ providers: () => [oidc.provider()] });
  admin = await app.tokenFor('root', ['admin']);
});

afterAll(async () => {
  await app?.close();
  await oidc?.close();
});

const usable = { name: 'billing', actions: ['USER_READ'], expiresAt: inDays(30), reason: 'Ticket 4711' };

function inDays(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString();
}

const shown = 'secret serviceToken { id name revokedAt secrets { createdAt endsAt lastUsedAt } }';

async function create(input: object = {}, token = admin): Promise<GraphqlAnswer> {
  const query = `mutation ($input: CreateServiceTokenInput!) { admin { createServiceToken(input: $input) { ${shown} } } }`;
  return app.query({ query, variables: { input: { ...usable, ...input } }, token });
}

interface Made {
  readonly secret: string;
  readonly serviceToken: { readonly id: string };
}

async function made(input: object = {}): Promise<Made> {
  const { data, errors } = await create(input);
  expect(errors).toBeUndefined();
  return (data as { admin: { createServiceToken: Made } }).admin.createServiceToken;
}

async function rotate(id: string, input: object = {}): Promise<Made> {
  const query = `mutation ($input: RotateServiceTokenInput!) { admin { rotateServiceToken(input: $input) { ${shown} } } }`;
  const { data, errors } = await app.query({
    query,
    variables: { input: { id, reason: 'due', ...input } },
    token: admin,
  });
  expect(errors).toBeUndefined();
  return (data as { admin: { rotateServiceToken: Made } }).admin.rotateServiceToken;
}

function revoke(id: string): Promise<GraphqlAnswer> {
  const query =
    'mutation ($input: RevokeServiceTokenInput!) { admin { revokeServiceToken(input: $input) { serviceToken { revokedAt } } } }';
  return app.query({ query, variables: { input: { id, reason: 'left' } }, token: admin });
}

function read(token: string, userId = 'anna'): Promise<GraphqlAnswer> {
  const query =
    'query ($userId: ID!) { onBehalfOf(userId: $userId, reason: "nightly") { id connectedAccounts { totalCount } } }';
  return app.query({ query, variables: { userId }, token });
}

const codeOf = ({ errors }: GraphqlAnswer): unknown => errors?.[0]?.extensions['code'];

test('a service token reads for a user, who finds it in the audit by its id', async () => {
  const { secret, serviceToken } = await made();
  expect(secret).toMatch(/^lks_[\w-]{49}$/);
  expect(await read(secret)).toMatchObject({
    data: { onBehalfOf: { id: 'anna', connectedAccounts: { totalCount: 0 } } },
  });
  const { data } = await app.query({
    query: '{ viewer { auditEvents(first: 1) { nodes { actorId subjectId reason action } } } }',
    token: await app.tokenFor('anna'),
  });
  expect(data).toMatchObject({
    viewer: {
      auditEvents: {
        nodes: [{ actorId: serviceToken.id, subjectId: 'anna', reason: 'nightly', action: 'user.read' }],
      },
    },
  });
});

test('a service token is no user: viewer says whom to ask for instead', async () => {
  const { secret } = await made();
  const answer = await app.query({ query: '{ viewer { id } }', token: secret });
  expect(codeOf(answer)).toBe('FORBIDDEN');
  expect(answer.errors?.[0]?.message).toContain('onBehalfOf(userId, reason)');
});

test('a revoked service token is refused by the next request, and stays revoked', async () => {
  const { secret, serviceToken } = await made();
  expect((await read(secret)).errors).toBeUndefined();
  const first = await revoke(serviceToken.id);
  expect(first.errors).toBeUndefined();
  expect(codeOf(await read(secret))).toBe('UNAUTHENTICATED');
  expect((await revoke(serviceToken.id)).data).toEqual(first.data);
});

test('after a rotation both secrets work until the overlap ends; without one the old ends at once', async () => {
  const { secret: first, serviceToken } = await made();
  const { secret: second } = await rotate(serviceToken.id);
  expect((await read(first)).errors).toBeUndefined();
  expect((await read(second)).errors).toBeUndefined();
  const { secret: third } = await rotate(serviceToken.id, { overlapSeconds: 0 });
  for (const old of [first, second]) expect(codeOf(await read(old))).toBe('UNAUTHENTICATED');
  expect((await read(third)).errors).toBeUndefined();
});

test('a revoked token cannot be rotated back to life', async () => {
  const { serviceToken } = await made();
  await revoke(serviceToken.id);
  await expect(rotate(serviceToken.id)).rejects.toThrow();
});

test('neither the database nor the log ever holds the text of a token', async () => {
  const { secret } = await made();
  await read(secret);
  const stored = await app.storedText();
  expect(stored).toContain('billing'); // it would be found
  expect(stored).not.toContain(secret);
  expect(app.logLines.join('\n')).not.toContain(secret);
});

test('a token whose checksum does not fit is refused as one that is not whole', async () => {
  const { secret } = await made();
  const wrong = secret.endsWith('A') ? `${secret.slice(0, -1)}B` : `${secret.slice(0, -1)}A`;
  expect((await read(wrong)).errors?.[0]?.message).toContain('not whole');
});

test.each([
  ['name', { name: '\u202ename' }],
  ['actions', { actions: [] }],
  ['actions', { actions: ['WEBHOOKS_READ'], providers: ['test'] }],
  ['actions', { actions: ['AUDIT_READ'], providers: ['test'] }],
  ['providers', { providers: [] }],
  ['providers', { providers: ['nowhere'] }],
  ['userPrefixes', { userPrefixes: [''] }],
  ['expiresAt', { expiresAt: inDays(367) }],
  ['expiresAt', { expiresAt: inDays(-1) }],
  ['reason', { reason: ' ' }],
])('an unfit %s of a new token is refused (%#)', async (field, input) => {
  const answer = await create(input);
  expect(answer.errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field });
});

test('a service token makes no service tokens, whatever it was given', async () => {
  const { secret } = await made();
  expect(codeOf(await create({}, secret))).toBe('FORBIDDEN');
});
