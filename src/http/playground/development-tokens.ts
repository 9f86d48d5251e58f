/** Reads the tokens that the development start wrote to dev.json. Called by the playground's routes, in development only.
 *  The start makes new ones each time, so they are read when they are asked for. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const developmentTokens = z.object({ user: z.string(), otherUser: z.string(), admin: z.string() });
const devFile = z.object({ tokens: developmentTokens });

/** Null where there are none: the gateway was started without the development start. */
export async function readDevelopmentTokens(folder: string): Promise<z.infer<typeof developmentTokens> | null> {
  try {
    return devFile.parse(JSON.parse(await readFile(join(folder, 'dev.json'), 'utf8'))).tokens;
  } catch {
    return null;
  }
}
