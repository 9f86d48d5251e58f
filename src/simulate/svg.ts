/** The few shapes that our charts are made of, light and dark. Called by draw-chart.ts and by the bench's chart. */

export interface Sheet {
  readonly width: number;
  readonly height: number;
  /** What the picture shows, for who cannot see it. */
  readonly label: string;
  readonly title: string;
  readonly shapes: readonly string[];
}

export const margin = 24;

export function drawSheet({ width, height, label, title, shapes }: Sheet): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escape(label)}">
<style>
  text { font: 13px system-ui, sans-serif; fill: #1f2328 } .title { font-size: 17px; font-weight: 600 } .note { fill: #59636e }
  .sheet { fill: #ffffff } .bar { fill: #0969da } .other { fill: #8c959f } .mark { stroke: #bc4c00; stroke-dasharray: 4 3 } .mark-text { fill: #bc4c00 }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } .note { fill: #9198a1 } .sheet { fill: #0d1117 } .bar { fill: #4493f8 } .other { fill: #656c76 } .mark { stroke: #f0883e } .mark-text { fill: #f0883e }
  }
</style>
<rect class="sheet" width="${width}" height="${height}" rx="8"/>
${drawText(margin, 34, title, 'title')}
${shapes.join('\n')}
</svg>
`;
}

export function drawText(x: number | string, y: number, words: string, kind?: string): string {
  return `<text x="${x}" y="${y}"${kind === undefined ? '' : ` class="${kind}"`}>${escape(words)}</text>`;
}

/** A bar in a row that begins at `y`, with its value behind it. */
export function drawBar({
  x,
  y,
  length,
  kind,
  value,
}: {
  readonly x: number;
  readonly y: number;
  readonly length: number;
  readonly kind: 'bar' | 'other';
  readonly value: string;
}): string {
  return [
    `<rect class="${kind}" x="${x}" y="${y + 3}" width="${length.toFixed(1)}" height="14" rx="2"/>`,
    drawText((x + length + 6).toFixed(1), y + 14, value),
  ].join('\n');
}

function escape(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
