import { expect, test } from 'vitest';
import { Fault, problemCodes } from '../../../src/errors.js';
import { flowResultOf, flowResults, isFlowResult } from '../../../src/http/pages/flow-result.js';

test('success is told as such, and every problem that can come of an attempt as one that is no success', () => {
  expect(flowResultOf(null)).toBe('connected');
  for (const code of problemCodes) {
    const result = flowResultOf(new Fault(code));
    expect(isFlowResult(result)).toBe(true);
    expect(result).not.toBe('connected');
  }
});

test('another person at the provider is not told as one who said no', () => {
  expect(flowResultOf(new Fault('AUTHORIZATION_DENIED'))).toBe('denied');
  expect(flowResultOf(new Fault('AUTHORIZATION_DENIED', { accountId: 'acc_1' }))).toBe('other-person');
});

test('every page but the one of success says that nothing was connected, or that all is as it was', () => {
  for (const [result, { text }] of Object.entries(flowResults)) {
    if (result !== 'connected') expect(text('Demo')).toMatch(/[Nn]othing was connected|is unchanged/);
  }
});

test('a link that leads back nowhere is told as what the app did', () => {
  expect(flowResults['link-without-return'].text('Demo')).toContain('(returnTo)');
});

test('a fault of the request has a status in the 400s, a fault of the provider has none', () => {
  expect(flowResults['not-accepted'].status).toBe(400);
  expect(flowResults['other-browser'].status).toBe(403);
  expect(flowResults['provider-unavailable'].status).toBe(200);
});
