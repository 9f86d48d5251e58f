/** A comparison as a picture: a row for each policy, and for each measure a column of bars, as long as the longest of the
 *  column allows. Pure; called by cli/simulate.ts. */
import type { ComparedPolicy, Comparison } from './compare-policies.js';
import { describeSample, describeScenario } from './describe-scenario.js';
import { measures, writeMeasure, type Measure } from './measures.js';
import { drawBar, drawSheet, drawText, margin } from './svg.js';

const labelWidth = 200;
const columnWidth = 158;
/** What is left of a column for the value behind the longest bar. */
const valueWidth = 76;
const rowHeight = 22;
const head = 62;
const lineHeight = 18;

export function drawChart({ scenario, rows }: Comparison): string {
  const shown = measures.filter(({ title }) => title !== 'waits' && title !== 'asked again');
  const notes = [...describeScenario(scenario), describeSample(scenario)];
  const foot = head + rows.length * rowHeight + 36;
  const names = rows.map(({ name }, index) => drawText(margin, rowTop(index) + 14, name));
  return drawSheet({
    width: 2 * margin + labelWidth + shown.length * columnWidth,
    height: foot + notes.length * lineHeight,
    label: 'What each refresh policy costs, as bars',
    title: 'What each refresh policy costs',
    shapes: [
      ...names,
      ...shown.map((measure, index) => drawColumn(measure, rows, margin + labelWidth + index * columnWidth)),
      ...notes.map((note, index) => drawText(margin, foot + index * lineHeight, note, 'note')),
    ],
  });
}

function drawColumn(measure: Measure, rows: readonly ComparedPolicy[], x: number): string {
  const values = rows.map(({ figures }) => measure.of(figures) ?? 0);
  const longest = Math.max(...values);
  const scale = longest > 0 ? (columnWidth - valueWidth) / longest : 0;
  const bars = rows.map(({ figures }, index) => {
    const length = (values[index] ?? 0) * scale;
    return drawBar({ x, y: rowTop(index), length, kind: 'bar', value: writeMeasure(measure, figures) });
  });
  return [drawText(x, head, measure.title, 'note'), ...bars].join('\n');
}

function rowTop(index: number): number {
  return head + 8 + index * rowHeight;
}
