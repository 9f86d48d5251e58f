import { expect, test } from 'vitest';
import { Fault, problemCodes } from '../../src/errors.js';
import type { ProblemCode } from '../../src/errors.js';
import type { GraphqlContext } from '../../src/graphql/context.js';
import { toProblem } from '../../src/graphql/problem-from-fault.js';
import {
  AmbiguousAccountProblemType,
  ConnectionProblemType,
  ProviderProblemType,
} from '../../src/graphql/problem.type.js';
import { createCatalogue } from '../../src/providers/catalogue.js';
import { collectLog } from '../support/log-lines.js';
import { testProvider } from '../support/oidc-provider.js';

const place = { userId: 'anna', providerId: 'test' };

function contextOf(log = collectLog()): GraphqlContext {
  const catalogue = createCatalogue([testProvider('http://127.0.0.1:9')]);
  return { useCases: { catalogue }, publicUrl: 'https://latchkey.example', log: log.log } as unknown as GraphqlContext;
}

test.each(problemCodes)('%s is a problem with the code, remedy and sentence of the fault', (code: ProblemCode) => {
  const fault = new Fault(code, { provider: 'test' });
  const { code: said, remedy, message } = toProblem(fault, place, contextOf());
  expect({ code: said, remedy, message }).toEqual({ code, remedy: fault.remedy, message: fault.message });
});

test('a missing scope names what is missing, and the account of the user whom it is about', () => {
  const fault = new Fault('SCOPE_MISSING', { provider: 'test', missingScopes: ['email'], accountId: 'acc_1' });
  const problem = toProblem(fault, place, contextOf());
  expect(problem).toBeInstanceOf(ConnectionProblemType);
  expect(problem).toMatchObject({ missingScopes: ['email'], accountKey: { userId: 'anna', accountId: 'acc_1' } });
});

test('accounts to choose from are looked up among those of the user whom the problem is about', () => {
  const problem = toProblem(new Fault('AMBIGUOUS_ACCOUNT', { accountIds: ['acc_1', 'acc_2'] }), place, contextOf());
  expect(problem).toBeInstanceOf(AmbiguousAccountProblemType);
  expect(problem).toMatchObject({
    accountKeys: [
      { userId: 'anna', accountId: 'acc_1' },
      { userId: 'anna', accountId: 'acc_2' },
    ],
  });
});

test('a provider that asks to wait says for how long', () => {
  const problem = toProblem(new Fault('PROVIDER_RATE_LIMITED', { retryAfterSeconds: 7 }), place, contextOf());
  expect(problem).toBeInstanceOf(ProviderProblemType);
  expect(problem).toMatchObject({ retryAfterSeconds: 7, provider: { id: 'test', name: 'Test Provider' } });
});

test('a provider that was taken away since is named by its id, and its policy says so', () => {
  const problem = toProblem(new Fault('PROVIDER_UNAVAILABLE', { provider: 'gone' }), place, contextOf());
  expect(problem).toMatchObject({
    provider: {
      id: 'gone',
      name: 'gone',
      callbackUrl: 'https://latchkey.example/oauth/callback/gone',
      refreshPolicy: { mode: 'NEVER', reason: expect.stringContaining('no longer set up') },
    },
  });
});

test.each([
  ['a fault of the caller', new Fault('ACCOUNT_NOT_FOUND')],
  ['an unexpected error', new Error('unexpected')],
])('%s is no problem and goes on as it is', (_what, error) => {
  expect(() => toProblem(error, place, contextOf())).toThrow(error);
});

test('detail and cause of a problem are logged and not told', () => {
  const log = collectLog();
  const fault = new Fault('PROVIDER_UNAVAILABLE', { provider: 'test' }, 'the detail', new Error('the cause'));
  const problem = toProblem(fault, place, contextOf(log));
  expect(JSON.stringify(problem)).not.toMatch(/the (detail|cause)/);
  expect(log.lines).toMatchObject([{ event: 'graphql.refused', code: 'PROVIDER_UNAVAILABLE', detail: 'the detail' }]);
  expect(JSON.stringify(log.lines)).toContain('the cause');
});
