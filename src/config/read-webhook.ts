/** Where the webhook goes and what signs it, from its settings. Called by readEvents.
 *  Must never: take a URL without a key, or repeat a part of a key in a fault. Standard Webhooks, "Signature scheme". */
import { Secret } from '../secret.js';
import type { Mode, WebhookConfig } from './config.js';
import type { ConfigFault } from './fault.js';
import { isLoopbackHost } from './loopback.js';
import type { SettingsRead } from './read-settings.js';

type SecretName = 'LATCHKEY_WEBHOOK_SECRET' | 'LATCHKEY_WEBHOOK_SECRET_PREVIOUS';

const secretNames = ['LATCHKEY_WEBHOOK_SECRET', 'LATCHKEY_WEBHOOK_SECRET_PREVIOUS'] as const;
const makeSecret = 'Make one with `echo "whsec_$(openssl rand -base64 32)"`.';
const wholeSecret = /^whsec_([A-Za-z0-9+/]+={0,2})$/;
const leastBytes = 24;
const mostBytes = 64;

/** Null where there is none, and where there is a fault. */
export function readWebhook(read: SettingsRead, mode: Mode, faults: ConfigFault[]): WebhookConfig | null {
  const { LATCHKEY_WEBHOOK_URL: url, LATCHKEY_WEBHOOK_EVENTS: types } = read.values;
  const secrets = secretNames.flatMap((name) => readSecret(read, name, faults));
  if (url === undefined) return refuseWithoutUrl(read, faults);
  if (!read.values.LATCHKEY_WEBHOOK_SECRET && !read.faulty.has('LATCHKEY_WEBHOOK_SECRET')) {
    faults.push({
      path: 'LATCHKEY_WEBHOOK_SECRET',
      fault: 'is missing, and without it nobody can tell our posts from those of others',
      mend: makeSecret,
    });
  }
  const network = isLoopbackHost(new URL(url).hostname) ? 'loopback' : 'public';
  if (network === 'loopback' && mode === 'production') {
    const fault = 'is this machine itself, which only development posts to';
    faults.push({ path: 'LATCHKEY_WEBHOOK_URL', fault, mend: 'Give an https URL at a public address.' });
  }
  return types === undefined ? null : { url, network, secrets, types };
}

function refuseWithoutUrl({ values, faulty }: SettingsRead, faults: ConfigFault[]): null {
  const given = secretNames.find((name) => values[name]);
  if (given && !faulty.has('LATCHKEY_WEBHOOK_URL')) {
    const fault = `is missing, and ${given} is given`;
    faults.push({ path: 'LATCHKEY_WEBHOOK_URL', fault, mend: 'Give the URL too, or neither.' });
  }
  return null;
}

function readSecret({ values }: SettingsRead, name: SecretName, faults: ConfigFault[]): Secret[] {
  const text = values[name];
  if (!text) return [];
  const [, key] = wholeSecret.exec(text) ?? [];
  const bytes = key === undefined ? 0 : Buffer.from(key, 'base64').length;
  if (key !== undefined && bytes >= leastBytes && bytes <= mostBytes) return [Secret.of(key)];
  const fault = `is not whsec_ and base64 of ${leastBytes} to ${mostBytes} bytes`;
  faults.push({ path: name, fault, mend: makeSecret });
  return [];
}
