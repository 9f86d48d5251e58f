/** Keeps the labels of metrics few, whatever is reported. Called by metrics.ts for each value. A label whose values are known
 *  beforehand takes those alone; one that names things of our own (a route, a field, a job, a key) takes the first
 *  hundred. What is over becomes `other`: a monitoring system dies of labels that a client can make. */
import { faultTable } from '../errors.js';
import {
  alarmStates,
  fieldEnds,
  jobEnds,
  profileEnds,
  purgedKinds,
  refreshEnds,
  revocationEnds,
  sweepEnds,
  webhookEnds,
} from './measures.js';
import { metricTable, type LabelName, type MetricName } from './metric-table.js';

/** Of all that was reported, the labels that the metric has, as they may be stored. */
export type LabelGuard = (metric: MetricName, facts: object) => Record<string, string>;

const OTHER = 'other';
const mostNames = 100;

/** Which values a label takes; a label that is not here takes the first hundred. */
const known: Partial<Record<LabelName, readonly string[]>> = {
  method: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
  status: ['1xx', '2xx', '3xx', '4xx', '5xx', 'none', 'ACTIVE', 'NEEDS_REAUTHORIZATION'],
  grant: ['authorization_code', 'refresh_token'],
  kind: purgedKinds,
  state: ['busy', 'idle', 'awaited', ...alarmStates],
  row: ['STARTED', 'OUTCOME'],
  outcome: [
    'CONNECTED',
    ...Object.keys(faultTable),
    ...refreshEnds,
    ...profileEnds,
    ...revocationEnds,
    ...fieldEnds,
    ...jobEnds,
    ...sweepEnds,
    ...webhookEnds,
  ],
};

export function createLabelGuard(more: { readonly provider: readonly string[] }): LabelGuard {
  const closed = new Map(Object.entries({ ...known, ...more }).map(([label, values]) => [label, new Set(values)]));
  const seen = new Map<string, Set<string>>();

  return (metric, facts) => {
    const told = new Map<string, unknown>(Object.entries(facts));
    return Object.fromEntries(
      metricTable[metric].labels.map((label) => [label, valueOf(label, String(told.get(label)))]),
    );
  };

  function valueOf(label: string, value: string): string {
    const values = closed.get(label);
    if (values) return values.has(value) ? value : OTHER;
    return isAmongFirst(label, value) ? value : OTHER;
  }

  function isAmongFirst(label: string, value: string): boolean {
    const names = seen.get(label) ?? new Set<string>();
    seen.set(label, names);
    if (names.size < mostNames) names.add(value);
    return names.has(value);
  }
}
