/** .latchkey/dev.json: where the running gateway is and who may call it, for scripts, examples and the playground.
 *  Written by start.ts once the gateway serves; readable by its owner alone, since it holds tokens. */
import { join } from 'node:path';
import type { DevelopmentTokens } from './development-tokens.js';
import { writePrivateFile } from './private-file.js';
import { people } from './provider/people.js';

export interface DevFacts {
  readonly url: string;
  readonly tokens: DevelopmentTokens;
  readonly demoProvider: { readonly id: string; readonly url: string };
}

/** Also writes one header file a caller (as-user and so on), which `curl -H @file` takes. */
export async function writeDevFile(folder: string, { url, tokens, demoProvider }: DevFacts): Promise<void> {
  const content = {
    url,
    graphqlUrl: `${url}/graphql`,
    playgroundUrl: `${url}/playground`,
    tokens,
    demoProvider: { ...demoProvider, users: people.map(({ login, password }) => ({ login, password })) },
  };
  await writePrivateFile(join(folder, 'dev.json'), `${JSON.stringify(content, null, 2)}\n`);
  for (const [name, token] of Object.entries(headerFiles(tokens))) {
    await writePrivateFile(join(folder, name), `authorization: Bearer ${token}\n`);
  }
}

export type HeaderFile = 'as-user' | 'as-other-user' | 'as-admin';

function headerFiles(tokens: DevelopmentTokens): Record<HeaderFile, string> {
  return { 'as-user': tokens.user, 'as-other-user': tokens.otherUser, 'as-admin': tokens.admin };
}
