/** The arithmetic of the bench: what one stretch of load cost, the medians of the rounds, and the ratios that are judged.
 *  Pure; called by run.ts. A ratio is taken inside each round, between subjects that ran seconds apart, and only then the
 *  median: a machine that was busy for a while was busy for both. */
import type { Level } from './levels.js';
import type { Reading } from './messages.js';

/** One subject under one load in one round. */
export interface Sample extends Place {
  readonly round: number;
  readonly figures: Figures;
}

export interface Figures {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMicrosPerRequest: number;
  readonly statementsPerRequest: number;
  readonly writesPerRequest: number;
  readonly rssMiB: number;
}

export interface Stretch {
  readonly requests: number;
  readonly seconds: number;
  /** Ascending, in milliseconds. */
  readonly latencies: Float64Array;
  readonly before: Reading;
  readonly after: Reading;
}

export function figuresOf({ requests, seconds, latencies, before, after }: Stretch): Figures {
  const perRequest = (name: 'cpuMicros' | 'statements' | 'writes'): number => (after[name] - before[name]) / requests;
  return {
    requestsPerSecond: requests / seconds,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    cpuMicrosPerRequest: perRequest('cpuMicros'),
    statementsPerRequest: perRequest('statements'),
    writesPerRequest: perRequest('writes'),
    rssMiB: after.rssBytes / 1024 / 1024,
  };
}

/** The smallest value that at least this share of all does not exceed. `ascending` has one value at least. */
export function quantile(ascending: ArrayLike<number>, share: number): number {
  const place = Math.max(Math.ceil(share * ascending.length), 1);
  return ascending[place - 1] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  const ascending = values.toSorted((a, b) => a - b);
  const half = ascending.length / 2;
  return (quantile(ascending, 0.5) + (ascending[Math.floor(half)] ?? Number.NaN)) / 2;
}

export interface Place extends Level {
  readonly subject: string;
}

/** The median of each figure over the rounds. */
export function medianFigures(samples: readonly Sample[], place: Place): Figures {
  const found = samplesAt(samples, place).map(({ figures }) => figures);
  const over = (name: keyof Figures): number => median(found.map((figures) => figures[name]));
  return {
    requestsPerSecond: over('requestsPerSecond'),
    p50Ms: over('p50Ms'),
    p99Ms: over('p99Ms'),
    cpuMicrosPerRequest: over('cpuMicrosPerRequest'),
    statementsPerRequest: over('statementsPerRequest'),
    writesPerRequest: over('writesPerRequest'),
    rssMiB: over('rssMiB'),
  };
}

/** How much of the reference's figure the subject has: the median of the ratios of the rounds. */
export function ratioTo(
  reference: string,
  samples: readonly Sample[],
  { place, figure }: { place: Place; figure: keyof Figures },
): number {
  const references = samplesAt(samples, { ...place, subject: reference });
  const ratios = samplesAt(samples, place).flatMap(({ round, figures }) => {
    const other = references.find((sample) => sample.round === round);
    return other ? [figures[figure] / other.figures[figure]] : [];
  });
  return median(ratios);
}

function samplesAt(samples: readonly Sample[], { subject, connections, people }: Place): Sample[] {
  return samples.filter(
    (sample) => sample.subject === subject && sample.connections === connections && sample.people === people,
  );
}
