import { expect, test } from 'vitest';
import { budgetMs, connectMs, leastStatementMs, openTimeBudget, statementMs } from '../../src/database/time-budget.js';
import { requestLimits } from '../../src/database/postgres.js';
import { createTestClock } from '../support/test-clock.js';

test('all waits of a read together end before the 2 s that a caller is promised', () => {
  expect(budgetMs).toBeLessThan(2000);
  expect(connectMs + leastStatementMs).toBeLessThanOrEqual(budgetMs);
  expect(requestLimits).toMatchObject({ connectionTimeoutMillis: connectMs, query_timeout: statementMs });
});

test('a statement gets what the wait for its connection left', () => {
  const clock = createTestClock();
  const budget = openTimeBudget(clock);
  expect(budget.statementMs()).toBe(statementMs);
  clock.advance(connectMs);
  expect(budget.statementMs()).toBe(budgetMs - connectMs);
  clock.advance(budgetMs);
  expect(budget.statementMs()).toBe(1); // and not 0, which would be no limit
});

test('a lost connection is tried again only where the worst of it still ends in time', () => {
  const clock = createTestClock();
  const budget = openTimeBudget(clock);
  clock.advance(budgetMs - connectMs - leastStatementMs);
  expect(budget.hasTimeToConnect()).toBe(true);
  clock.advance(connectMs);
  expect(budget.statementMs()).toBe(leastStatementMs);
  expect(budget.hasTimeToConnect()).toBe(false);
});
