/** The file of checkpoints in the data folder: one compact JWS a line, only ever added to. Written by write-checkpoint.ts, read by
 *  the command line. Must never: change a line that is there, or count one as written that is not on the disk. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';

export function checkpointFileIn(dataFolder: string): string {
  return join(dataFolder, 'audit-checkpoints.jws');
}

export async function appendCheckpoint(file: string, jws: string): Promise<void> {
  const handle = await open(file, 'a+', 0o600);
  try {
    const { size } = await handle.stat();
    const last = size === 0 ? '\n' : (await handle.read(Buffer.alloc(1), 0, 1, size - 1)).buffer.toString();
    // A crash may have left half a line, which would spoil this one.
    await handle.appendFile(`${last === '\n' ? '' : '\n'}${jws}\n`);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}
