/** The one place that reads and writes service tokens. Called by authenticate-service.ts for each request that shows one, and by
 *  admin for those who look after them.
 *  Must never: keep a token's text, or answer from memory whether one is still good: a revoked one ends with the next request on
 *  every instance. */
import { In, IsNull, MoreThan } from 'typeorm';
import type { Clock } from '../clock.js';
import type { Database, Transaction } from '../database/database.js';
import { readPage } from '../database/read-page.js';
import type { Page, PageRequest } from '../database/page.js';
import type { Logger } from '../observe/logger.js';
import { ServiceTokenSecretRow } from './service-token-secret.entity.js';
import { ServiceTokenRow } from './service-token.entity.js';
import type { ServiceScope, ServiceToken } from './service-token.js';

export interface ServiceTokenStore {
  create(transaction: Transaction, token: NewServiceToken): Promise<void>;
  /** Adds a secret; those that stand end at `oldEndAt`, unless they end before. Answers whether there was such a token that is
   *  neither revoked nor over. */
  rotate(transaction: Transaction, rotation: Rotation): Promise<boolean>;
  /** Answers whether there is such a token; one that was revoked before stays so. */
  revoke(transaction: Transaction, id: string): Promise<boolean>;
  find(id: string): Promise<ServiceToken | null>;
  /** Newest first. Throws BAD_USER_INPUT for a page size outside 1 to 100 or a cursor that is none. */
  page(request: PageRequest): Promise<Page<ServiceToken>>;
  /** What the secret of this digest stands for, whether or not it still holds. One statement. */
  findShown(digest: string): Promise<ShownToken | null>;
  /** Notes that a secret was used now, once a minute at most. Never fails and is never awaited. */
  recordUse(digest: string, shown: Pick<ShownToken, 'lastUsedAt'>): void;
  /** Resolves when what was noted is written; for shutdown. */
  flush(): Promise<void>;
}

export interface NewServiceToken extends Pick<ServiceToken, 'id' | 'name' | 'scope' | 'createdBy' | 'expiresAt'> {
  readonly digest: string;
}

export interface Rotation {
  readonly id: string;
  readonly digest: string;
  readonly oldEndAt: number;
  /** Null: it ends when it would have. */
  readonly expiresAt: number | null;
}

export interface ShownToken {
  readonly id: string;
  readonly scope: ServiceScope;
  /** The end of the token or of this secret, whichever comes first. */
  readonly endsAt: number;
  readonly isRevoked: boolean;
  readonly lastUsedAt: number | null;
}

export interface ServiceTokenStoreParts {
  readonly database: Database;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Pick<Logger, 'warn'>;
}

const USE_NOTED_EVERY_MS = 60_000;

const findByDigest = `SELECT token.id, token.scope, token.expires_at, token.revoked_at, secret.ends_at, secret.last_used_at
  FROM service_token_secret secret JOIN service_token token ON token.id = secret.token_id WHERE secret.digest = $1`;

export function createServiceTokenStore({ database, clock, log }: ServiceTokenStoreParts): ServiceTokenStore {
  const { reader } = database;
  const writing = new Map<string, Promise<void>>();

  return {
    async create(transaction, { digest, ...token }) {
      const createdAt = clock.now();
      await transaction.insert(ServiceTokenRow, { ...token, createdAt, revokedAt: null });
      await transaction.insert(ServiceTokenSecretRow, newSecret({ digest, tokenId: token.id, createdAt }));
    },

    async rotate(transaction, { id, digest, oldEndAt, expiresAt }) {
      const now = clock.now();
      // Also the lock that two rotations of one token, or one and a revocation, wait for.
      const standing = { id, revokedAt: IsNull(), expiresAt: MoreThan(now) };
      const { affected } = await transaction.update(
        ServiceTokenRow,
        standing,
        expiresAt === null ? { id } : { expiresAt },
      );
      if (affected !== 1) return false;
      await transaction
        .createQueryBuilder()
        .update(ServiceTokenSecretRow)
        .set({ endsAt: oldEndAt })
        .where('token_id = :id AND (ends_at IS NULL OR ends_at > :oldEndAt)', { id, oldEndAt })
        .execute();
      await transaction.insert(ServiceTokenSecretRow, newSecret({ digest, tokenId: id, createdAt: now }));
      return true;
    },

    async revoke(transaction, id) {
      await transaction.update(ServiceTokenRow, { id, revokedAt: IsNull() }, { revokedAt: clock.now() });
      return transaction.existsBy(ServiceTokenRow, { id });
    },

    async find(id) {
      const row = await reader.findOneBy(ServiceTokenRow, { id });
      return row && toToken(row, await secretsOf([id]));
    },

    async page(request) {
      const query = reader.createQueryBuilder(ServiceTokenRow, 'token');
      const page = await readPage(query, request, { by: 'createdAt', order: 'DESC', read: (row) => row });
      const secrets = await secretsOf(page.edges.map(({ node }) => node.id));
      return { ...page, edges: page.edges.map(({ cursor, node }) => ({ cursor, node: toToken(node, secrets) })) };
    },

    async findShown(digest) {
      const [row] = await database.select(findByDigest, [digest]);
      if (!row) return null;
      const {
        id,
        scope,
        expires_at: expiresAt,
        revoked_at: revokedAt,
        ends_at: endsAt,
        last_used_at: lastUsedAt,
      } = row;
      return {
        id: String(id),
        scope: JSON.parse(String(scope)) as ServiceScope, // written by create alone
        endsAt: Math.min(Number(expiresAt), endsAt === null ? Infinity : Number(endsAt)),
        isRevoked: revokedAt !== null,
        lastUsedAt: lastUsedAt === null ? null : Number(lastUsedAt),
      };
    },

    recordUse(digest, { lastUsedAt }) {
      const now = clock.now();
      if ((lastUsedAt !== null && now - lastUsedAt < USE_NOTED_EVERY_MS) || writing.has(digest)) return;
      writing.set(digest, noteUse(digest, now));
    },

    async flush() {
      await Promise.all(writing.values());
    },
  };

  async function noteUse(digest: string, now: number): Promise<void> {
    try {
      const text = `UPDATE service_token_secret SET last_used_at = $1
        WHERE digest = $2 AND (last_used_at IS NULL OR last_used_at < $1)`;
      await database.writeOne(() => ({ text, values: [now, digest] }));
    } catch (error) {
      log.warn({ event: 'service_token.use_not_recorded', err: error });
    } finally {
      writing.delete(digest);
    }
  }

  async function secretsOf(ids: readonly string[]): Promise<readonly ServiceTokenSecretRow[]> {
    if (ids.length === 0) return [];
    return reader.find(ServiceTokenSecretRow, { where: { tokenId: In([...ids]) }, order: { createdAt: 'ASC' } });
  }
}

function newSecret(secret: Pick<ServiceTokenSecretRow, 'digest' | 'tokenId' | 'createdAt'>): ServiceTokenSecretRow {
  return { ...secret, endsAt: null, lastUsedAt: null };
}

function toToken(row: ServiceTokenRow, secrets: readonly ServiceTokenSecretRow[]): ServiceToken {
  const { id, name, scope, createdAt, createdBy, expiresAt, revokedAt } = row;
  const own = secrets.filter(({ tokenId }) => tokenId === id);
  return {
    id,
    name,
    scope,
    createdAt,
    createdBy,
    expiresAt,
    revokedAt,
    secrets: own.map(({ createdAt: madeAt, endsAt, lastUsedAt }) => ({ createdAt: madeAt, endsAt, lastUsedAt })),
  };
}
