/** Draws docs/images/bench.svg: the throughput of each subject as a share of (a) and of (b), a bar for each number of
 *  connections. Pure; called by run.ts. Ratios only, so that the picture says the same of every machine. */
import { drawBar, drawSheet, drawText, margin } from '../src/simulate/svg.js';
import { isWarm } from './levels.js';
import { minShareOfWithoutVault, type Report, type Row } from './report.js';

/** What the best known self-hosted vault's proxy reaches of a bare pass-through. */
const knownShareOfPassThrough = 0.02;

interface Panel {
  readonly title: string;
  readonly rows: readonly Row[];
  readonly shareOf: (row: Row) => number;
  /** A line that the bars are read against. */
  readonly mark: { readonly at: number; readonly text: string };
}

const width = 840;
const labelWidth = 260;
const barsWidth = width - labelWidth - 2 * margin - 50;
const rowHeight = 20;
const groupGap = 12;
const panelHead = 64;

export function drawChart({ rows, rounds, secondsPerStretch, machine }: Report): string {
  const panels: Panel[] = [
    {
      title: 'of the same server with a static token and no vault (a)',
      rows: rows.filter((row) => row.part === 'measured' && isWarm(row)),
      shareOf: (row) => row.ofWithoutVault,
      mark: { at: minShareOfWithoutVault, text: `goal ${minShareOfWithoutVault}` },
    },
    {
      title: 'the same where every request reads an account (no goal)',
      rows: rows.filter((row) => row.part === 'measured' && !isWarm(row)),
      shareOf: (row) => row.ofWithoutVault,
      mark: { at: 1, text: '(a)' },
    },
    {
      title: 'of a bare undici pass-through (b)',
      rows: rows.filter((row) => row.part !== 'pass-through' && isWarm(row)),
      shareOf: (row) => row.ofPassThrough,
      mark: { at: knownShareOfPassThrough, text: `best known vault proxy ${knownShareOfPassThrough}` },
    },
  ];
  const drawn: string[] = [];
  let top = 52;
  for (const panel of panels) {
    drawn.push(drawPanel(panel, top));
    top += heightOf(panel);
  }
  const note = `Medians of ${rounds} interleaved rounds of ${secondsPerStretch} s. ${machine}.`;
  return drawSheet({
    width,
    height: top + 24,
    label: 'Throughput of a warm me as ratios',
    title: 'Requests a second of a warm “me”, as a share',
    shapes: [...drawn, drawText(margin, top + 8, note, 'note')],
  });
}

function heightOf({ rows }: Panel): number {
  const groups = new Set(rows.map(({ connections }) => connections)).size;
  return panelHead + rows.length * rowHeight + groups * groupGap;
}

function drawPanel({ title, rows, shareOf, mark }: Panel, top: number): string {
  const scale = barsWidth / Math.max(mark.at, ...rows.map(shareOf));
  const drawn = [drawText(margin, top + 20, title)];
  let y = top + panelHead - 16;
  let level = 0;
  for (const row of rows) {
    if (row.connections !== level) y += groupGap;
    level = row.connections;
    drawn.push(drawRow(row, { y, share: shareOf(row), scale }));
    y += rowHeight;
  }
  const x = (labelWidth + margin + mark.at * scale).toFixed(1);
  drawn.push(
    `<line class="mark" x1="${x}" x2="${x}" y1="${top + panelHead - 10}" y2="${y}"/>`,
    drawText(x, top + panelHead - 16, mark.text, 'mark-text'),
  );
  return drawn.join('\n');
}

function drawRow(row: Row, { y, share, scale }: { y: number; share: number; scale: number }): string {
  const kind = row.part === 'measured' ? 'bar' : 'other';
  return [
    drawText(margin, y + 14, `${row.name}, ${row.connections} conn.`),
    drawBar({ x: labelWidth + margin, y, length: share * scale, kind, value: share.toFixed(2) }),
  ].join('\n');
}
