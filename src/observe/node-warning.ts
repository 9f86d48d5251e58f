/** Whether this Node.js can be made to run out of memory by a crafted Brotli body (CVE-2026-111497). Called at start by
 *  main.ts, which logs the sentence. Latchkey itself asks for no encoding and decodes none; its libraries might. */

/** The first release of each line that is mended. Lines that are missing here ended before the mend. */
const mended: Readonly<Record<number, readonly [minor: number, patch: number]>> = {
  22: [23, 4],
  24: [22, 1],
  26: [12, 1],
};
const newestLine = 26;

/** One sentence for the operator, or null. `version` as process.version gives it: v24.22.1. */
export function nodeWarning(version: string): string | null {
  const [major = 0, minor = 0, patch = 0] = version.replace(/^v/, '').split('.').map(Number);
  if (major > newestLine) return null;
  const since = mended[major];
  if (since && (minor > since[0] || (minor === since[0] && patch >= since[1]))) return null;
  const mend = since
    ? `update to ${major}.${since.join('.')} or later`
    : 'this line gets no more fixes, so move to Node.js 24';
  return `Node.js ${version.replace(/^v/, '')} has a Brotli decoder with a known fault (CVE-2026-111497); ${mend}.`;
}
