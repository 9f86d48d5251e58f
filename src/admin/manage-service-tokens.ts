/** What admins do with the tokens of back ends: make, list, rotate, revoke. Called by graphql/admin. Audited on the admin's own id.
 *  Must never: show the text of a token again after it was made. */
import type { Audit } from '../audit/audit.js';
import { assertMay } from '../callers/may.js';
import { checkReason } from '../callers/actor.js';
import type { ServiceTokenStore } from '../callers/service-token-store.js';
import { newServiceTokenText } from '../callers/service-token-text.js';
import type { ServiceScope, ServiceToken } from '../callers/service-token.js';
import type { Clock } from '../clock.js';
import type { Database } from '../database/database.js';
import { newId } from '../database/new-id.js';
import type { Page, PageRequest } from '../database/page.js';
import { fail } from '../errors.js';
import type { Catalogue } from '../providers/provider.js';
import type { Secret } from '../secret.js';
import { actOf, type AdminRequest } from './admin-request.js';
import { assertScope } from './service-scope.js';

export interface ManageServiceTokens {
  /** All throw FORBIDDEN to all but admins without limits, BAD_USER_INPUT with the field. */
  create(request: AdminRequest, wanted: WantedToken): Promise<ShownOnce>;
  /** Also throws BAD_USER_INPUT for a token that does not exist, was revoked or is over. */
  rotate(request: AdminRequest, wanted: WantedRotation): Promise<ShownOnce>;
  /** Revoking twice succeeds. */
  revoke(request: AdminRequest, which: { readonly id: string; readonly reason: string }): Promise<ServiceToken>;
  /** Newest first. */
  page(request: AdminRequest, page: PageRequest): Promise<Page<ServiceToken>>;
}

export interface WantedToken {
  readonly name: string;
  readonly scope: ServiceScope;
  readonly expiresAt: number;
  readonly reason: string;
}

export interface WantedRotation {
  readonly id: string;
  /** How long the secrets that stand go on. */
  readonly overlapSeconds: number;
  /** Null: the token ends when it would have. */
  readonly expiresAt: number | null;
  readonly reason: string;
}

export interface ShownOnce {
  readonly text: Secret;
  readonly token: ServiceToken;
}

export interface ManageServiceTokensParts {
  readonly tokens: Pick<ServiceTokenStore, 'create' | 'rotate' | 'revoke' | 'find' | 'page'>;
  readonly catalogue: Pick<Catalogue, 'list'>;
  readonly database: Pick<Database, 'write'>;
  readonly audit: Pick<Audit, 'around'>;
  readonly clock: Clock;
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** A back end exchanges its token once a year at least. */
const LONGEST_DAYS = 366;
const LONGEST_OVERLAP_SECONDS = 30 * 24 * 60 * 60;

export function createManageServiceTokens(parts: ManageServiceTokensParts): ManageServiceTokens {
  const { tokens, catalogue, database, audit, clock } = parts;

  return {
    async create(request, wanted) {
      assertMay(request.caller, 'TOKENS_MANAGE');
      const { scope, expiresAt } = wanted;
      const name = checkName(wanted.name);
      const reason = checkReason(wanted.reason);
      assertScope(scope, catalogue);
      assertEnd(expiresAt);
      const id = newId('stk', clock);
      const text = newServiceTokenText();
      const token = { id, name, scope, createdBy: request.caller.id, expiresAt, digest: text.digest() };
      await audit.around(actOf(request, 'token.created', reason), () =>
        database.write((transaction) => tokens.create(transaction, token)),
      );
      return { text, token: await found(id) };
    },

    async rotate(request, { id, overlapSeconds, expiresAt, reason: given }) {
      assertMay(request.caller, 'TOKENS_MANAGE');
      const reason = checkReason(given);
      assertOverlap(overlapSeconds);
      if (expiresAt !== null) assertEnd(expiresAt);
      const text = newServiceTokenText();
      const oldEndAt = clock.now() + overlapSeconds * 1000;
      const rotation = { id, digest: text.digest(), oldEndAt, expiresAt };
      await audit.around(actOf(request, 'token.rotated', reason), async () => {
        if (!(await database.write((transaction) => tokens.rotate(transaction, rotation)))) failUnknown();
      });
      return { text, token: await found(id) };
    },

    async revoke(request, { id, reason: given }) {
      assertMay(request.caller, 'TOKENS_MANAGE');
      const reason = checkReason(given);
      await audit.around(actOf(request, 'token.revoked', reason), async () => {
        if (!(await database.write((transaction) => tokens.revoke(transaction, id)))) failUnknown();
      });
      return found(id);
    },

    async page(request, page) {
      assertMay(request.caller, 'TOKENS_READ');
      return tokens.page(page);
    },
  };

  async function found(id: string): Promise<ServiceToken> {
    return (await tokens.find(id)) ?? failUnknown();
  }

  function assertEnd(expiresAt: number): void {
    const lasts = expiresAt - clock.now();
    if (lasts > 0 && lasts <= LONGEST_DAYS * DAY_MS) return;
    const why = `"expiresAt" is a moment to come, at most ${LONGEST_DAYS} days from now.`;
    fail('BAD_USER_INPUT', { field: 'expiresAt', why });
  }
}

function assertOverlap(seconds: number): void {
  if (seconds >= 0 && seconds <= LONGEST_OVERLAP_SECONDS) return;
  const why = `"overlapSeconds" is whole seconds, from 0 to ${LONGEST_OVERLAP_SECONDS} (30 days).`;
  fail('BAD_USER_INPUT', { field: 'overlapSeconds', why });
}

function checkName(given: string): string {
  const name = given.trim();
  if (/^[\p{L}\p{N}][\p{L}\p{N} ._@/:-]{0,63}$/u.test(name)) return name;
  const why = '"name" is 1 to 64 letters, digits, spaces and . _ @ / : - and says which back end has the token.';
  return fail('BAD_USER_INPUT', { field: 'name', why });
}

function failUnknown(): never {
  const why = 'There is no such service token, or it is over. The field "serviceTokens" lists those that are.';
  return fail('BAD_USER_INPUT', { field: 'id', why });
}
