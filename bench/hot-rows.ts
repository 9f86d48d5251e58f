/** Adds up a CPU profile: how much of the time on the CPU each function, or each package, had for itself. Pure; called by
 *  profile.ts. */

/** The part of V8's format that is read here. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  /** The node that was on top of the stack, a sample each. */
  readonly samples: readonly number[];
  /** Microseconds since the sample before. */
  readonly timeDeltas: readonly number[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
}

export interface HotRow {
  readonly name: string;
  readonly share: number;
}

/** Hottest first. Idle time counts for nothing. */
export function hottest(profile: CpuProfile, nameOf: (node: ProfileNode) => string): HotRow[] {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const times = new Map<string, number>();
  let all = 0;
  for (const [index, id] of profile.samples.entries()) {
    const node = nodes.get(id);
    if (!node || node.callFrame.functionName === '(idle)') continue;
    const time = profile.timeDeltas[index] ?? 0;
    const name = nameOf(node);
    times.set(name, (times.get(name) ?? 0) + time);
    all += time;
  }
  return [...times].map(([name, time]) => ({ name, share: time / all })).toSorted((a, b) => b.share - a.share);
}

/** The package, the room of src, or what of Node.js and V8 it was. */
export function partOf({ callFrame: { functionName, url } }: ProfileNode): string {
  const inPackage = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  if (inPackage !== undefined) return inPackage;
  const inRoom = /\/dist\/(?:src\/)?([^/]+)/.exec(url)?.[1];
  if (inRoom !== undefined) return `latchkey ${inRoom.replace(/\.js$/, '')}`;
  if (url.startsWith('node:')) return url.replace(/^(node:(?:internal\/)?[^/]+).*/, '$1');
  return functionName.startsWith('(') ? functionName : 'native code';
}

export function placeOf(node: ProfileNode): string {
  const { functionName, url, lineNumber } = node.callFrame;
  const file = url.replace(/.*node_modules\//, '').replace(/.*\/dist\//, '');
  return url === '' ? functionName : `${functionName || '(anonymous)'} ${file}:${lineNumber + 1}`;
}
