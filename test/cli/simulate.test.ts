/** `latchkey simulate` as an operator types it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runCommand } from '../../src/cli/run-command.js';
import type { Comparison } from '../../src/simulate/compare-policies.js';
import { createTestClock } from '../support/test-clock.js';

let folder: string;
let output: string;
let errors: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-simulate-'));
  output = '';
  errors = '';
});

afterEach(() => rmSync(folder, { recursive: true }));

function simulate(...words: readonly string[]): Promise<number> {
  output = '';
  errors = '';
  return runCommand(['simulate', '--accounts', '20', '--days', '3', ...words], {
    sources: { environment: {}, readFile: (path) => readFileSync(path, 'utf8'), readFolder: () => [] },
    clock: createTestClock(),
    write: (text) => void (output += text),
    writeError: (text) => void (errors += text),
  });
}

async function compare(...words: readonly string[]): Promise<Comparison> {
  expect(await simulate('--json', ...words), errors).toBe(0);
  return JSON.parse(output) as Comparison;
}

test('a provider brings its lifetimes, its replay rule and its policy', async () => {
  const { scenario, rows } = await compare('--provider', 'withings');
  expect(scenario.rules).toMatchObject({
    accessTokenLife: 3 * 3_600_000,
    refreshTokenLife: 365 * 86_400_000,
    refreshTokenEnd: 'idle',
    rotation: { replay: 'grace' },
  });
  expect(rows.map(({ name }) => name)).toEqual([
    'as-configured',
    'scheduled',
    'scheduled-with-jitter',
    'lazy',
    'lazy-with-keep-alive',
    'when-active',
    'when-active-with-keep-alive',
    'never',
  ]);
  expect(rows[0]?.policy).toMatchObject({ mode: 'LAZY', keepAliveSeconds: 7_776_000 });
});

test("a file of the operator's counts as the gateway reads it, and a policy of one's own stands beside it", async () => {
  const provider = join(folder, 'acme.yaml');
  const refreshPolicy = { mode: 'scheduled', leadSeconds: 300 };
  writeFileSync(provider, JSON.stringify({ extends: 'google', refreshPolicy }));
  const policy = join(folder, 'policy.yaml');
  writeFileSync(policy, 'mode: whenActive\nidleAfterSeconds: 3600\n');
  const { rows } = await compare('--provider', provider, '--policy', 'as-configured', '--policy', policy);
  expect(rows.map((row) => row.policy)).toMatchObject([
    { mode: 'SCHEDULED', leadSeconds: 300 },
    { mode: 'WHEN_ACTIVE', idleAfterSeconds: 3600 },
  ]);
});

test('what is asked stands over the definition', async () => {
  const words = ['--lifetime', '90s', '--refresh-lifetime', '5d', '--unstated', '--outage', '1d+90m', '--limit', '7'];
  const more = ['--users', 'daily=3,gone=1', '--lost-answers', '0.5', '--connect-within', '1h', '--budget', '0.5'];
  const { scenario, rows } = await compare('--provider', 'hubspot', '--accounts', '2', ...words, ...more);
  expect(scenario).toMatchObject({ users: { daily: 0.75, gone: 0.25 }, connectWithin: 3_600_000 });
  expect(scenario.rules).toMatchObject({
    accessTokenLife: 90_000,
    refreshTokenLife: 432_000_000,
    isEndStated: false,
    outages: [{ from: 86_400_000, to: 91_800_000 }],
    limitPerSecond: 7,
    lostAnswers: 0.5,
  });
  expect(rows.every(({ policy }) => policy.budgetPerSecond === 0.5)).toBe(true);
});

test('the table has a row for each policy, progress is no part of it, and nothing is drawn unasked', async () => {
  expect(await simulate('--policy', 'lazy', '--policy', 'never')).toBe(0);
  expect(output).toMatch(/^policy +refreshes a day +peak a second/m);
  expect(output).toMatch(/^lazy /m);
  expect(output).toMatch(/^never /m);
  expect(output).toContain('Every account was simulated.');
  expect(errors).toBe('lazy: 20 accounts\nnever: 20 accounts\n');
});

test('a sample says that it is one, and why accounts were lost is told', async () => {
  const words = ['--accounts', '5000', '--events', '5000', '--policy', 'lazy', '--lifetime', '1h'];
  expect(await simulate(...words, '--users', 'gone', '--refresh-lifetime', '1d', '--unstated')).toBe(0);
  expect(output).toContain('Every account was simulated.');
  expect(output).toMatch(/^lost, lazy: [\d,]+ died unused$/m);
  expect(await simulate(...words, '--users', 'sync')).toBe(0);
  expect(output).toMatch(/A sample: \d+ accounts were simulated, each stands for [\d.]+/);
});

test('the chart shows each policy, and a file that cannot be written is told before the work', async () => {
  const chart = join(folder, 'chart.svg');
  expect(await simulate('--policy', 'scheduled', '--policy', 'lazy', '--out', chart)).toBe(0);
  const drawn = readFileSync(chart, 'utf8');
  expect(drawn).toContain('>scheduled</text>');
  expect(drawn.match(/<rect class="bar"/g)).toHaveLength(12);
  expect(await simulate('--out', join(folder, 'nowhere', 'chart.svg'))).toBe(73);
  expect(errors).toMatch(/^The chart cannot be written to .+\n$/);
});

test.each([
  [['--accounts', '1000001'], /'--accounts <number>'.+from 1 to 1000000/],
  [['--days', '0'], /'--days <number>'.+from 1 to 1100/],
  [['--lifetime', '6 hours'], /Give a time such as 90s, 30m, 6h or 60d/],
  [['--outage', '2d'], /Write when it begins and how long it lasts: 2d\+4h/],
  [['--users', 'nobody'], /shares above 0 of daily, weekly, bursts, sync, gone/],
  [['--users', 'daily,daily'], /names a kind of user twice/],
  [['--lost-answers', '2'], /from 0 to 1/],
  [['--budget', '-1'], /above 0/],
  [['--unstated'], /give one with --refresh-lifetime/],
  [['--provider', 'acme'], /There is no definition "acme". Take one of [a-z0-9, -]*github, github-app/],
  [['--provider', '/nowhere/acme.yaml'], /acme\.yaml cannot be read/],
  [['--policy', 'sometimes'], /There is no policy "sometimes". Take one of as-configured, scheduled/],
  [['--policy', '/nowhere/policy.yaml'], /policy\.yaml cannot be read/],
])('%j is refused with a sentence', async (words, sentence) => {
  expect(await simulate(...words)).not.toBe(0);
  expect(errors).toMatch(sentence);
  expect(output).toBe('');
});

test('a faulty policy is told as the gateway would', async () => {
  const policy = join(folder, 'policy.yaml');
  writeFileSync(policy, 'mode: whenActive\nleadSecond: 3\n');
  expect(await simulate('--policy', policy)).toBe(78);
  expect(errors).toContain('refreshPolicy.leadSecond');
});
