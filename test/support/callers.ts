/** Callers as authenticate.ts gives them, for tests that are not about it. */
import type { Caller, Grant } from '../../src/callers/caller.js';

const allThat: Grant = { actions: null, providers: null, userPrefixes: null, isReadOnly: false };

export function userCaller(id: string, expiresAt = 0): Caller {
  return { id, role: 'user', grants: [], expiresAt };
}

/** Without limits, but for those that are given. */
export function adminCaller(id: string, limits: Partial<Grant> = {}): Caller {
  return { id, role: 'admin', grants: [{ ...allThat, ...limits }], expiresAt: 0 };
}

/** For an authenticator that is shown JWTs alone. */
export const noServiceTokens = { findShown: async () => null, recordUse: (): void => undefined };
