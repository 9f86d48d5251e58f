import { describe, expect, test } from 'vitest';
import type { Metrics } from '../../src/observe/measures.js';
import { noMetrics } from '../../src/observe/measures.js';
import { metricTable } from '../../src/observe/metric-table.js';
import { createMetrics, type MetricsBook } from '../../src/observe/metrics.js';
import { createTestClock } from '../support/test-clock.js';

const open = (): MetricsBook =>
  createMetrics({ providers: ['crm', 'scale'], build: { version: '1.2.3', node: 'v20.20.0' } });

/** The lines of our own metrics, without those of the process. */
async function ownLines(book: MetricsBook): Promise<string[]> {
  return (await book.page()).text.split('\n').filter((line) => line.startsWith('latchkey_'));
}

async function seriesOf(book: MetricsBook, name: string): Promise<string[]> {
  return (await ownLines(book)).filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
}

const hostile = (index: number): string => `acc_planted-${index}"}\n# hostile`;

/** Every function of the report with texts from outside in every field, as no part of ours would call it. */
function reportHostile(report: Metrics, index: number): void {
  const text = hostile(index);
  const facts = { route: text, method: text, status: 200, tookMs: 1, field: text, provider: text, outcome: text };
  const more = { grant: text, kind: text, count: 1, job: text, row: text, waitedMs: 1, accountId: text, state: text };
  const sweep = { lateMs: 1, RENEWED: 1, SET: 1, REMOVED: 1, FAILED: 1 };
  for (const tell of Object.values(report) as ((facts: object) => void)[]) tell({ ...facts, ...more, ...sweep });
}

function watched() {
  const clock = createTestClock();
  const book = open();
  const state = { counts: 0, sealedCounts: 0, isDown: false, writesWaiting: 0 };
  book.readAtScrape({
    clock,
    async countAccounts() {
      state.counts += 1;
      if (state.isDown) throw new Error('the database is away');
      return [
        { provider: 'crm', status: 'ACTIVE', count: 4 },
        { provider: 'gone', status: 'ACTIVE', count: 2 },
        { provider: 'gone-too', status: 'ACTIVE', count: 1 },
      ];
    },
    async countIncidents() {
      return [{ provider: 'crm', cause: 'OUTAGE', count: 1 }];
    },
    async countSealed() {
      state.sealedCounts += 1;
      return [
        { kid: '2026-11-24-9f3a2b7c', count: 12 },
        { kid: 'none', count: 0 },
      ];
    },
    countAlarms: async () => [{ state: 'waiting', count: 3 }],
    journalDepth: () => 0,
    openStreams: () => 0,
    unchainedAudit: async () => ({ waiting: 0, oldestAt: null }),
    webhookBacklog: async () => ({ waiting: 0, oldestAt: null }),
    databaseLoad: () => ({ writesWaiting: state.writesWaiting, connections: null }),
  });
  return { book, clock, state };
}

describe('the page', () => {
  test('is Prometheus text with a help and a type for each metric of the table', async () => {
    const { contentType, text } = await open().page();
    expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
    for (const [name, { kind, what }] of Object.entries(metricTable)) {
      expect(text).toContain(`# HELP ${name} ${what}\n# TYPE ${name} ${kind}\n`);
    }
  });

  test('holds process metrics and the lag of the event loop, and says what runs', async () => {
    const { text } = await open().page();
    for (const name of [
      'process_resident_memory_bytes',
      'process_cpu_seconds_total',
      'nodejs_eventloop_lag_p99_seconds',
    ])
      expect(text).toMatch(new RegExp(`^${name} [0-9.e+-]+$`, 'm'));
    expect(text).toContain('latchkey_build_info{version="1.2.3",node="v20.20.0"} 1');
  });

  test('of one gateway shows nothing of another in the same process', async () => {
    const [one, other] = [open(), open()];
    one.report.authorizationStarted({ provider: 'crm' });
    expect(await seriesOf(one, 'latchkey_authorizations_started_total')).toHaveLength(1);
    expect(await seriesOf(other, 'latchkey_authorizations_started_total')).toEqual([]);
  });

  test('shows an audit that never failed as zero, so that an alert sees the first failure', async () => {
    expect(await seriesOf(open(), 'latchkey_audit_write_failures_total')).toEqual([
      'latchkey_audit_write_failures_total{row="STARTED"} 0',
      'latchkey_audit_write_failures_total{row="OUTCOME"} 0',
    ]);
  });
});

describe('what is reported', () => {
  test('is counted by its facts, with durations in seconds', async () => {
    const book = open();
    book.report.requestAnswered({ route: '/oauth/callback/:provider', method: 'GET', status: 303, tookMs: 40 });
    book.report.refreshEnded({ provider: 'crm', outcome: 'INVALID_GRANT', tookMs: 250 });
    book.report.rowsPurged({ kind: 'pending', count: 7 });
    const lines = await ownLines(book);
    expect(lines).toContain(
      'latchkey_http_request_duration_seconds_sum{route="/oauth/callback/:provider",method="GET",status="3xx"} 0.04',
    );
    expect(lines).toContain('latchkey_refresh_duration_seconds_count{provider="crm",outcome="INVALID_GRANT"} 1');
    expect(lines).toContain('latchkey_refresh_duration_seconds_sum{provider="crm",outcome="INVALID_GRANT"} 0.25');
    expect(lines).toContain('latchkey_purged_rows_total{kind="pending"} 7');
  });

  test('may be reported to nobody', () => {
    expect(Object.keys(noMetrics).toSorted()).toEqual(Object.keys(open().report).toSorted());
  });
});

describe('labels', () => {
  test('grow no further than a hundred values, whatever is reported', async () => {
    const book = open();
    for (let index = 0; index < 1_000; index += 1) reportHostile(book.report, index);
    const lines = await ownLines(book);
    const values = new Set(
      lines.flatMap((line) => [...line.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, value]) => value)),
    );
    // The names of routes, fields and jobs are of our own source: the first hundred of each may stand.
    expect(values.size).toBeLessThan(150);
    expect(lines.every((line) => /^latchkey_\w+(\{.*\})? [\d.e+-]+(nf)?$/i.test(line))).toBe(true);
  });

  test('of what is known beforehand take no other value', async () => {
    const book = open();
    reportHostile(book.report, 1);
    for (const name of ['refresh_duration_seconds_count', 'token_request_duration_seconds_count', 'revocations_total'])
      for (const line of await seriesOf(book, `latchkey_${name}`)) expect(line).not.toContain('planted');
    expect(await seriesOf(book, 'latchkey_authorizations_ended_total')).toEqual([
      'latchkey_authorizations_ended_total{provider="other",outcome="other"} 1',
    ]);
  });
});

describe('accounts and the database', () => {
  test('are told by provider and status; providers that are no longer set up share a label', async () => {
    const { book } = watched();
    for (const scrape of ['first', 'second']) {
      expect(await seriesOf(book, 'latchkey_accounts'), scrape).toEqual([
        'latchkey_accounts{provider="crm",status="ACTIVE"} 4',
        'latchkey_accounts{provider="other",status="ACTIVE"} 3',
      ]);
    }
  });

  test('accounts are counted once in 30 s, however many ask', async () => {
    const { book, clock, state } = watched();
    await Promise.all(Array.from({ length: 50 }, () => book.page()));
    clock.advance(29_999);
    await book.page();
    expect(state.counts).toBe(1);
    clock.advance(1);
    await book.page();
    expect(state.counts).toBe(2);
  });

  test('sealed values are counted by key once in 5 min, since that reads every one of them', async () => {
    const { book, clock, state } = watched();
    expect(await seriesOf(book, 'latchkey_sealed_values')).toEqual([
      'latchkey_sealed_values{kid="2026-11-24-9f3a2b7c"} 12',
      'latchkey_sealed_values{kid="none"} 0',
    ]);
    clock.advance(299_999);
    await book.page();
    expect(state.sealedCounts).toBe(1);
    clock.advance(1);
    await book.page();
    expect(state.sealedCounts).toBe(2);
  });

  test('a database that is away costs the accounts and nothing else, and they are back with it', async () => {
    const { book, state } = watched();
    state.isDown = true;
    expect(await seriesOf(book, 'latchkey_accounts')).toEqual([]);
    expect(await seriesOf(book, 'latchkey_build_info')).toHaveLength(1);
    state.isDown = false;
    expect(await seriesOf(book, 'latchkey_accounts')).toHaveLength(2);
  });

  test('what waits for the database is told as it is at the scrape', async () => {
    const { book, state } = watched();
    state.writesWaiting = 3;
    expect(await seriesOf(book, 'latchkey_database_writes_waiting')).toEqual(['latchkey_database_writes_waiting 3']);
    expect(await seriesOf(book, 'latchkey_database_connections')).toEqual([]);
  });
});
