/** What an oidc-provider of a test keeps, in memory and one for each provider, so that a test can look and take away. */
import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider';

export interface OidcStore {
  readonly adapter: AdapterFactory;
  /** Forgets every entry of these models that `isMeant`; returns how many there were. */
  forget(models: readonly string[], isMeant?: (payload: AdapterPayload) => boolean): number;
}

export function createOidcStore(): OidcStore {
  const entries = new Map<string, { model: string; payload: AdapterPayload }>();

  const remove = (isMeant: (model: string, payload: AdapterPayload) => boolean): number => {
    const meant = [...entries].filter(([, entry]) => isMeant(entry.model, entry.payload));
    for (const [key] of meant) entries.delete(key);
    return meant.length;
  };

  const find = (model: string, isMeant: (payload: AdapterPayload) => boolean): AdapterPayload | undefined =>
    [...entries.values()].find((entry) => entry.model === model && isMeant(entry.payload))?.payload;

  const adapter = (model: string): Adapter => ({
    upsert: async (id, payload) => void entries.set(`${model}:${id}`, { model, payload }),
    find: async (id) => entries.get(`${model}:${id}`)?.payload,
    findByUid: async (uid) => find(model, (payload) => payload.uid === uid),
    findByUserCode: async (userCode) => find(model, (payload) => payload.userCode === userCode),
    consume: async (id) => {
      const entry = entries.get(`${model}:${id}`);
      if (entry) entry.payload.consumed = Math.floor(Date.now() / 1000);
    },
    destroy: async (id) => void entries.delete(`${model}:${id}`),
    revokeByGrantId: async (grantId) => void remove((_model, payload) => payload.grantId === grantId),
  });

  return {
    adapter,
    forget: (models, isMeant = () => true) => remove((model, payload) => models.includes(model) && isMeant(payload)),
  };
}
