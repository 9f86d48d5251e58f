/** The arithmetic of the bench, by samples whose answers are known. */
import { describe, expect, test } from 'vitest';
import { figuresOf, median, medianFigures, quantile, ratioTo, type Figures, type Sample } from '../../bench/figures.js';

describe('quantiles', () => {
  test('are values that were measured, the smallest that covers the share', () => {
    const hundred = Float64Array.from({ length: 100 }, (_, index) => index + 1);
    expect(quantile(hundred, 0.5)).toBe(50);
    expect(quantile(hundred, 0.99)).toBe(99);
    expect(quantile([7], 0.99)).toBe(7);
  });

  test.each([
    [[3, 1, 2], 2],
    [[4, 1, 3, 2], 2.5],
    [[5], 5],
    [[100, 9, 8], 9],
  ])('the median of %j is %d, whatever the order', (values, middle) => {
    expect(median(values)).toBe(middle);
  });
});

test('a stretch costs what was spent between its two readings, shared by its requests', () => {
  const figures = figuresOf({
    requests: 200,
    seconds: 2,
    latencies: Float64Array.of(1, 2, 3, 4),
    before: { cpuMicros: 1_000, statements: 10, writes: 0, rssBytes: 1 },
    after: { cpuMicros: 201_000, statements: 211, writes: 2, rssBytes: 100 * 1024 * 1024 },
  });
  expect(figures).toEqual({
    requestsPerSecond: 100,
    p50Ms: 2,
    p99Ms: 4,
    cpuMicrosPerRequest: 1_000,
    statementsPerRequest: 1.005,
    writesPerRequest: 0.01,
    rssMiB: 100,
  });
});

describe('ratios', () => {
  test('are taken inside each round: a machine that was busy in one of them changes nothing', () => {
    const samples = [
      sample('ours', 1, 90),
      sample('theirs', 1, 100),
      sample('ours', 2, 9), // ten times slower, both
      sample('theirs', 2, 10),
      sample('ours', 3, 91),
      sample('theirs', 3, 101),
    ];
    expect(shareOf(samples)).toBeCloseTo(0.9, 2);
  });

  test('of one spoilt round are outvoted by the others', () => {
    const samples = [1, 2, 3].flatMap((round) => [
      sample('ours', round, round === 2 ? 1 : 80),
      sample('theirs', round, 100),
    ]);
    expect(shareOf(samples)).toBeCloseTo(0.8);
    expect(medianFigures(samples, { subject: 'ours', connections: 10, people: 50 }).requestsPerSecond).toBe(80);
  });

  test('look only at the same load', () => {
    const other = sample('theirs', 1, 1);
    const others = [
      { ...other, connections: 50 },
      { ...other, people: 2000 },
    ];
    const samples = [sample('ours', 1, 50), ...others, sample('theirs', 1, 100)];
    expect(shareOf(samples)).toBeCloseTo(0.5);
  });
});

function shareOf(samples: readonly Sample[]): number {
  return ratioTo('theirs', samples, {
    place: { subject: 'ours', connections: 10, people: 50 },
    figure: 'requestsPerSecond',
  });
}

function sample(subject: string, round: number, requestsPerSecond: number): Sample {
  return { subject, connections: 10, people: 50, round, figures: { ...nothing, requestsPerSecond } };
}

const nothing: Figures = {
  requestsPerSecond: 0,
  p50Ms: 0,
  p99Ms: 0,
  cpuMicrosPerRequest: 1,
  statementsPerRequest: 0,
  writesPerRequest: 0,
  rssMiB: 0,
};
