/** A comparison as text: what was simulated, a row a policy, and why accounts were lost. Pure; called by cli/simulate.ts. */
import { alignColumns } from './align-columns.js';
import type { Comparison } from './compare-policies.js';
import { describeSample, describeScenario } from './describe-scenario.js';
import { explainLosses, measures, writeMeasure } from './measures.js';

export function drawTable(comparison: Comparison): string {
  const lines = [
    ['policy', ...measures.map(({ title }) => title)],
    ...comparison.rows.map(({ name, figures }) => [name, ...measures.map((measure) => writeMeasure(measure, figures))]),
  ];
  const losses = comparison.rows
    .map(({ name, figures }) => ({ name, why: explainLosses(figures) }))
    .filter(({ why }) => why !== '')
    .map(({ name, why }) => `lost, ${name}: ${why}`);
  return [
    ...describeScenario(comparison.scenario),
    describeSample(comparison.scenario),
    '',
    alignColumns(lines),
    ...(losses.length > 0 ? ['', ...losses] : []),
  ].join('\n');
}
