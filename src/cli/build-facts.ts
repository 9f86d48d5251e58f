/** Which Latchkey runs on which Node.js, for /metrics. Called by run-gateway and the development start. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BuildFacts } from '../observe/metrics.js';

export function readBuildFacts(): BuildFacts {
  const { version } = JSON.parse(readFileSync(findPackageFile(import.meta.url), 'utf8')) as { version: string };
  return { version, node: process.version };
}

/** Up from here: the built files stand one folder deeper than their sources. */
function findPackageFile(from: string): string {
  for (let folder = dirname(fileURLToPath(from)); folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (readable(file)) return file;
  }
  throw new Error('package.json is missing above the files of Latchkey.');
}

function readable(file: string): boolean {
  try {
    readFileSync(file);
    return true;
  } catch {
    return false;
  }
}
