/** A provider from a definition that a test writes, read by the real loader, and the browser that comes back from it. */
import { explainFaults } from '../../src/config/explain-faults.js';
import { loadCatalogue } from '../../src/providers/load-catalogue.js';
import type { Provider } from '../../src/providers/provider.js';

export const CLIENT_SECRET = 'planted-client-secret';

/** `lines`: keys of the file, over those that every test's definition has. */
export function writtenProvider(
  lines: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Provider {
  const checked = loadCatalogue({
    folder: '',
    mode: 'development',
    environment: {
      LATCHKEY_PROVIDER_ACME_CLIENT_ID: 'acme-client',
      ...(Object.keys(environment).length > 0 ? environment : { LATCHKEY_PROVIDER_ACME_CLIENT_SECRET: CLIENT_SECRET }),
    },
    readFolder: () => ['acme.yaml'],
    readFile: () => ['name: Acme', 'network: loopback', ...lines].join('\n'),
  });
  if ('faults' in checked) throw new Error(explainFaults(checked.faults));
  return checked.value.get('acme');
}

/** Where a browser is sent back to that has agreed, with what else the provider says there. */
export function comeBack(
  authorizationUrl: string,
  more: Readonly<Record<string, string>> = { code: 'planted-code' },
): string {
  const asked = new URL(authorizationUrl).searchParams;
  const back = new URL(asked.get('redirect_uri') ?? '');
  const answer = { state: asked.get('state') ?? '', ...more };
  for (const [name, value] of Object.entries(answer)) back.searchParams.set(name, value);
  return back.href;
}
