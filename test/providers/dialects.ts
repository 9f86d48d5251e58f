/** The dialects of the definitions that are shipped, for tests of the engine. */
import type { Dialect } from '../../src/providers/dialect.js';
import { loadCatalogue } from '../../src/providers/load-catalogue.js';
import type { Provider } from '../../src/providers/provider.js';
import { shippedIds } from '../../src/providers/shipped-definitions.js';
import { plainSpeech } from '../../src/providers/plain-speech.js';

/** As an operator gets it. Nothing is sent, so its addresses are the real ones. */
export function shipped(id: string): Provider {
  const checked = loadCatalogue({
    folder: '/providers',
    mode: 'production',
    environment: { LATCHKEY_PROVIDER_MINE_CLIENT_SECRET: 'planted-secret' },
    readFolder: () => ['mine.yaml'],
    readFile: () => `extends: ${id}\nclientId: client\n`,
  });
  if ('faults' in checked) throw new Error(JSON.stringify(checked.faults, null, 2));
  return { ...checked.value.get('mine'), id };
}

export const shippedProviders = (): Provider[] => shippedIds().map(shipped);

export function dialectWith(changes: Partial<Dialect>): Dialect {
  return { ...plainSpeech().dialect, ...changes };
}
