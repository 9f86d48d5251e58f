/** The dialects of the definitions that are shipped, for tests of the engine. */
import type { Dialect } from '../../src/providers/dialect.js';
import type { Provider } from '../../src/providers/provider.js';
import { shippedIds } from '../../src/providers/shipped-definitions.js';
import { plainSpeech } from '../../src/providers/plain-speech.js';
import { shippedDefinition } from '../support/shipped-definition.js';

/** As an operator gets it. */
export const shipped = (id: string): Provider => shippedDefinition(id);

export const shippedProviders = (): Provider[] => shippedIds().map(shipped);

export function dialectWith(changes: Partial<Dialect>): Dialect {
  return { ...plainSpeech().dialect, ...changes };
}
