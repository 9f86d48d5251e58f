/** Opens the plain link of an attempt, which leads to the same authorization once. Called by http/routes/connect.ts.
 *  A link may be sent by mail and opened by anybody, so it sets no cookie: whoever opens it can consent at the provider,
 *  and the code then waits for the JWT of the attempt's own user (security: a link sent to another connects nothing). */
import type { Clock } from '../clock.js';
import { fail } from '../errors.js';
import { handOverAuthorizationUrl } from '../oauth/hand-over.js';
import type { Secret } from '../secret.js';
import type { PendingAuthorization, PendingStore } from './pending-store.js';

export interface Link {
  readonly providerId: string;
  readonly link: Secret;
}

export interface OpenLink {
  /** Spends the link. Throws STATE_INVALID when it was opened before, is over or was never issued. */
  open(link: Link): Promise<{ authorizationUrl: string }>;
  /** Says whether open() would; reads only, for GETs. Throws STATE_INVALID when not. */
  assertUnopened(link: Link): Promise<void>;
}

export function createOpenLink({ pending, clock }: { pending: PendingStore; clock: Clock }): OpenLink {
  return {
    async open(link) {
      const attempt = await find(link);
      const authorizationUrl = await pending.openAuthorizationUrl(attempt);
      if (!(await pending.spendLink(attempt))) fail('STATE_INVALID');
      return { authorizationUrl: handOverAuthorizationUrl(authorizationUrl) };
    },

    async assertUnopened(link) {
      await find(link);
    },
  };

  async function find({ providerId, link }: Link): Promise<PendingAuthorization> {
    const attempt = await pending.findByLink(link.digest());
    if (attempt?.providerId !== providerId || clock.now() >= attempt.expiresAt) fail('STATE_INVALID');
    return attempt;
  }
}
