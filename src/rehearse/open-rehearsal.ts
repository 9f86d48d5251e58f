/** Sets the stage for one definition: a provider that is made from it, and the gateway's use cases before it. Called by
 *  rehearse.ts, and by tests that have an account at any provider. */
import type { Checked } from '../config/fault.js';
import type { Logger } from '../observe/logger.js';
import { fillDefinition } from './filled-definition.js';
import { makeValues } from './made-values.js';
import { createMovingClock } from './moving-clock.js';
import { readRehearsed, type RehearsedDefinition } from './rehearsed-provider.js';
import { openRehearsalWorld } from './rehearsal-world.js';
import type { Registration } from './registration.js';
import { startScriptedServer } from './scripted-server.js';
import type { Walk } from './walk.js';

export interface OpenRehearsal extends Walk {
  readonly registration: Registration;
  /** Leaves nothing behind. */
  close(): Promise<void>;
}

export async function openRehearsal(
  definition: RehearsedDefinition,
  { log }: { readonly log: Logger },
): Promise<Checked<OpenRehearsal>> {
  const read = await readRehearsed(definition);
  if ('faults' in read) return read;
  const { provider, registration } = read.value;
  const { all: values, given, unmade } = makeValues(provider);
  if (unmade.length > 0) return { faults: unmade.map((name) => withoutExample(definition.id, name)) };
  const clock = createMovingClock();
  const filled = fillDefinition(provider, values);
  const server = await startScriptedServer({ provider: filled, values, registration, clock });
  try {
    const world = await openRehearsalWorld({ provider, serverOrigin: server.origin, clock, log });
    const close = async (): Promise<void> => {
      await world.close();
      await server.close();
    };
    return { value: { provider: filled, given, registration, server, world, clock, close } };
  } catch (error) {
    await server.close();
    throw error;
  }
}

function withoutExample(id: string, name: string) {
  const mend = 'Give it an example that its pattern takes.';
  return { path: `${id}.yaml: parameters`, fault: `no value can be made up for "${name}"`, mend };
}
