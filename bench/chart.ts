/** Draws docs/images/bench.svg: the throughput of each subject as a share of (a) and of (b), a bar for each number of
 *  connections. Pure; called by run.ts. Ratios only, so that the picture says the same of every machine. */
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
const margin = 24;
const labelWidth = 260;
const barsWidth = width - labelWidth - 2 * margin - 50;
const rowHeight = 20;
const groupGap = 12;
const panelHead = 64;

export function drawChart({ rows, rounds, secondsPerStretch, machine }: Report): string {
  const panels: Panel[] = [
    {
      title: 'of the same server with a static token and no vault (a)',
      rows: rows.filter(({ part }) => part === 'measured'),
      shareOf: (row) => row.ofWithoutVault,
      mark: { at: minShareOfWithoutVault, text: `goal ${minShareOfWithoutVault}` },
    },
    {
      title: 'of a bare undici pass-through (b)',
      rows: rows.filter(({ part }) => part !== 'pass-through'),
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
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${top + 24}" role="img" aria-label="Throughput of a warm me as ratios">
<style>
  text { font: 13px system-ui, sans-serif; fill: #1f2328 } .title { font-size: 17px; font-weight: 600 } .note { fill: #59636e }
  .sheet { fill: #ffffff } .bar { fill: #0969da } .other { fill: #8c959f } .mark { stroke: #bc4c00; stroke-dasharray: 4 3 } .mark-text { fill: #bc4c00 }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } .note { fill: #9198a1 } .sheet { fill: #0d1117 } .bar { fill: #4493f8 } .other { fill: #656c76 } .mark { stroke: #f0883e } .mark-text { fill: #f0883e }
  }
</style>
<rect class="sheet" width="${width}" height="${top + 24}" rx="8"/>
${text(margin, 34, 'Requests a second of a warm “me”, as a share', 'title')}
${drawn.join('\n')}
${text(margin, top + 8, note, 'note')}
</svg>
`;
}

function heightOf({ rows }: Panel): number {
  const groups = new Set(rows.map(({ connections }) => connections)).size;
  return panelHead + rows.length * rowHeight + groups * groupGap;
}

function drawPanel({ title, rows, shareOf, mark }: Panel, top: number): string {
  const scale = barsWidth / Math.max(mark.at, ...rows.map(shareOf));
  const drawn = [text(margin, top + 20, title)];
  let y = top + panelHead - 16;
  let level = 0;
  for (const row of rows) {
    if (row.connections !== level) y += groupGap;
    level = row.connections;
    drawn.push(drawBar(row, { y, share: shareOf(row), scale }));
    y += rowHeight;
  }
  const x = (labelWidth + margin + mark.at * scale).toFixed(1);
  drawn.push(
    `<line class="mark" x1="${x}" x2="${x}" y1="${top + panelHead - 10}" y2="${y}"/>`,
    text(x, top + panelHead - 16, mark.text, 'mark-text'),
  );
  return drawn.join('\n');
}

function drawBar(row: Row, { y, share, scale }: { y: number; share: number; scale: number }): string {
  const length = share * scale;
  const start = labelWidth + margin;
  const kind = row.part === 'measured' ? 'bar' : 'other';
  return [
    text(margin, y + 14, `${row.name}, ${row.connections} conn.`),
    `<rect class="${kind}" x="${start}" y="${y + 3}" width="${length.toFixed(1)}" height="14" rx="2"/>`,
    text((start + length + 6).toFixed(1), y + 14, share.toFixed(2)),
  ].join('\n');
}

function text(x: number | string, y: number, words: string, kind?: string): string {
  const escaped = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${x}" y="${y}"${kind === undefined ? '' : ` class="${kind}"`}>${escaped}</text>`;
}
