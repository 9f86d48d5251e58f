/** Which of two client secrets a provider takes, while one is exchanged for the other. Called around every request that
 *  proves which client it is. Where the provider refuses the client, the other secret is tried once: a client that was
 *  refused has spent nothing. The one that works is used from then on, by this process; the log names it, so that the
 *  operator can drop the other.
 *  Must never: tell a secret, or try the other one for anything but a refusal of the client. */
import type { Logger } from '../observe/logger.js';
import { clientSecretSettings } from '../providers/read-client.js';
import type { Provider } from '../providers/provider.js';

export interface ClientSecrets {
  /** Does the work with the provider as it is to be used now, at most once with each secret, and gives what came last. */
  use<T>(
    provider: Provider,
    work: (provider: Provider) => Promise<T>,
    saysOfClient: (result: T) => Opinion,
  ): Promise<T>;
  /** For work that shows nobody's opinion. */
  current(provider: Provider): Provider;
}

/** What an answer tells of the client. */
export type Opinion = 'REFUSED' | 'ACCEPTED' | 'NOTHING';

export function createClientSecrets({ log }: { readonly log: Logger }): ClientSecrets {
  // The same object each time: metadata and keys are remembered by it.
  const others = new WeakMap<Provider, Provider>();
  // By the client: a provider that is filled for one account has the client of all.
  const onOther = new WeakSet<Provider['client']>();

  return {
    current,
    async use(provider, work, saysOfClient) {
      const first = current(provider);
      const result = await work(first);
      const second = saysOfClient(result) === 'REFUSED' ? otherOf(provider, first) : null;
      if (second === null) return result;
      const other = await work(second);
      if (saysOfClient(other) === 'ACCEPTED') choose(provider, second);
      return other;
    },
  };

  function current(provider: Provider): Provider {
    return onOther.has(provider.client) ? (withOther(provider) ?? provider) : provider;
  }

  /** Null where there is one secret, or none. */
  function otherOf(provider: Provider, used: Provider): Provider | null {
    if (used !== provider) return provider;
    return withOther(provider);
  }

  function withOther(provider: Provider): Provider | null {
    const known = others.get(provider) ?? withNextSecret(provider);
    if (known) others.set(provider, known);
    return known;
  }

  function choose(provider: Provider, working: Provider): void {
    if (working === provider) onOther.delete(provider.client);
    else onOther.add(provider.client);
    const { current: ofCurrent, next } = clientSecretSettings(provider.id);
    const [setting, refused] = working === provider ? [ofCurrent, next] : [next, ofCurrent];
    log.warn({ event: 'provider.client_secret_chosen', provider: provider.id, setting, refused });
  }
}

/** For parts that know of one secret. */
export const oneSecret: ClientSecrets = { use: (provider, work) => work(provider), current: (provider) => provider };

function withNextSecret(provider: Provider): Provider | null {
  const { client } = provider;
  if (!('secret' in client) || !client.nextSecret) return null;
  return { ...provider, client: { ...client, secret: client.nextSecret, nextSecret: client.secret } };
}
