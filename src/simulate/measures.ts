/** What is shown of a simulated policy, and how it is written. Read by draw-table.ts and draw-chart.ts. */
import type { LossReason, PolicyFigures } from './tally.js';

export interface Measure {
  readonly title: string;
  /** Null where there is nothing to measure. */
  readonly of: (figures: PolicyFigures) => number | null;
  readonly write: (value: number) => string;
}

const asCount = (value: number): string => grouped(value, 0);

export const measures: readonly Measure[] = [
  {
    title: 'refreshes a day',
    of: (figures) => figures.refreshesPerDay,
    write: (value) => grouped(value, digits(value)),
  },
  { title: 'peak a second', of: (figures) => figures.peakPerSecond, write: asCount },
  { title: 'wasted', of: (figures) => figures.wastedShare, write: (value) => `${(100 * value).toFixed(1)} %` },
  { title: 'waits', of: (figures) => figures.waits, write: asCount },
  {
    title: 'waits of 1000 uses',
    of: (figures) => figures.waitsPerThousandUses,
    write: (value) => grouped(value, 1),
  },
  { title: 'failed uses', of: (figures) => figures.failedUses, write: asCount },
  { title: 'lost', of: (figures) => figures.lost, write: asCount },
  { title: 'asked again', of: (figures) => figures.reconnects, write: asCount },
];

export function writeMeasure({ of, write }: Measure, figures: PolicyFigures): string {
  const value = of(figures);
  return value === null ? '-' : write(value);
}

/** Few are worth a digit. */
function digits(value: number): number {
  return value < 100 ? 1 : 0;
}

export function grouped(value: number, fractionDigits = 0): string {
  return value.toLocaleString('en-US', {
    minimumFractionDigits: fractionDigits,
    maximumFractionDigits: fractionDigits,
  });
}

const lossInWords: Readonly<Record<LossReason, string>> = {
  UNUSED: 'died unused',
  FIXED_END: 'reached the end of the consent',
  FAILING: 'ended while refreshes failed',
  ANSWER_LOST: 'lost an answer and may not ask twice',
};

/** Empty where none is lost. */
export function explainLosses({ lostBecause }: PolicyFigures): string {
  const said = (Object.keys(lossInWords) as LossReason[]) // its own keys
    .filter((why) => lostBecause[why] > 0)
    .map((why) => `${grouped(lostBecause[why])} ${lossInWords[why]}`);
  return said.join(', ');
}
