/** A file system of a few megabytes, for tests of what a full disk does. Only root may mount one, and on Linux alone. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmdirSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SmallDisk {
  /** To the last byte. */
  fill(): void;
  makeRoom(): void;
  /** Nothing on it may be open. */
  remove(): void;
}

const MEGABYTES = 8;

export function canMountDisks(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-small-disk-'));
  try {
    mountSmallDisk(folder).remove();
    return true;
  } catch {
    return false;
  } finally {
    rmdirSync(folder);
  }
}

/** Throws where none can be mounted. */
export function mountSmallDisk(folder: string): SmallDisk {
  mkdirSync(folder, { recursive: true });
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${MEGABYTES}m`, 'tmpfs', folder]);
  if (status !== 0) throw new Error(`No disk can be mounted: ${stderr?.toString()}`);
  const filler = join(folder, 'filler');

  return {
    fill() {
      const { blocks, bsize } = statfsSync(folder);
      if (blocks * bsize > MEGABYTES * 1024 * 1024) throw new Error('This would fill a disk that is not ours.');
      for (const size of [64 * 1024, 4096, 1]) appendUntilFull(filler, size);
    },
    makeRoom: () => rmSync(filler),
    remove() {
      if (spawnSync('umount', [folder]).status !== 0) throw new Error(`${folder} is in use.`);
    },
  };
}

function appendUntilFull(file: string, size: number): void {
  try {
    for (;;) appendFileSync(file, Buffer.alloc(size));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  }
}
