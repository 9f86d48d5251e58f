/** The one place that reads and writes attempts to connect. Called by the use cases of this room.
 *  Taking an attempt is a DELETE that must hit: of all who hold the same state, one consumes it.
 *  Must never: keep a random value that a browser carries, only its digest; or hand out a secret that was not sealed for
 *  this very row and user. */
import { In, IsNull, LessThanOrEqual } from 'typeorm';
import type { Clock } from '../clock.js';
import type { Database, Transaction } from '../database/database.js';
import type { ProviderValues } from '../providers/provider.js';
import type { Secret } from '../secret.js';
import type { Sealer, SealPlace } from '../vault/seal.js';
import { placeIn, type SealedField } from '../vault/sealed-columns.js';
import type { CallbackAnswer } from './callback-answer.js';
import { openParkedAnswer, sealParkedAnswer } from './parked-answer.js';
import { PendingAuthorizationRow } from './pending-authorization.entity.js';

export type PendingAuthorization = Readonly<PendingAuthorizationRow>;

export interface NewAttempt extends Pick<
  PendingAuthorization,
  | 'id'
  | 'stateHash'
  | 'providerId'
  | 'actorId'
  | 'subjectId'
  | 'accountId'
  | 'reason'
  | 'redirectUri'
  | 'returnTo'
  | 'requestedScopes'
  | 'linkHash'
  | 'browserHash'
  | 'expiresAt'
> {
  readonly providerValues?: ProviderValues;
  readonly codeVerifier: Secret;
  readonly nonce: Secret | null;
  readonly authorizationUrl: Secret;
}

export interface PendingStore {
  /** Adds the attempt, and lets go of the user's oldest ones beyond the bound. */
  add(attempt: NewAttempt): Promise<void>;
  /** Finds it expired or not; whoever asks looks at its times. */
  findByState(stateHash: string): Promise<PendingAuthorization | null>;
  findByHandle(handleHash: string): Promise<PendingAuthorization | null>;
  findByLink(linkHash: string): Promise<PendingAuthorization | null>;
  /** What the exchange of the code needs. */
  openProof(attempt: PendingAuthorization): Promise<{ codeVerifier: Secret; nonce: Secret | null }>;
  openAuthorizationUrl(attempt: PendingAuthorization): Promise<Secret>;
  /** Null when no answer is parked. */
  openAnswer(attempt: PendingAuthorization): Promise<CallbackAnswer | null>;
  /** Seals the answer onto the attempt, to be fetched with the handle: the first one, for good. Answers whether the attempt
   *  now holds an answer with this handle. */
  park(
    attempt: PendingAuthorization,
    parking: { answer: CallbackAnswer; handleHash: string; until: number },
  ): Promise<boolean>;
  /** Answers whether the link was still unopened; it is opened then. */
  spendLink(attempt: PendingAuthorization): Promise<boolean>;
  /** Answers whether the attempt was still there; it is gone then. */
  take(transaction: Transaction, attempt: PendingAuthorization): Promise<boolean>;
  remove(attempt: PendingAuthorization): Promise<void>;
  /** Deletes what is over, and the attempts whose parked answer nobody fetched; answers how many. */
  purge(): Promise<number>;
}

export interface PendingStoreParts {
  readonly database: Database;
  readonly sealer: Sealer;
  readonly clock: Clock;
}

/** Attempts that one user may have open; a frontend that starts one a render fills this and no disk. */
const maxAttemptsPerUser = 50;

export function createPendingStore({ database, sealer, clock }: PendingStoreParts): PendingStore {
  const { reader } = database;

  return {
    async add({ codeVerifier, nonce, authorizationUrl, providerValues = {}, ...facts }) {
      const owner = { id: facts.id, subjectId: facts.subjectId };
      const row: PendingAuthorizationRow = {
        ...facts,
        providerValues,
        sealedCodeVerifier: await sealer.seal(codeVerifier, placeOf(owner, 'code_verifier')),
        sealedNonce: nonce && (await sealer.seal(nonce, placeOf(owner, 'nonce'))),
        sealedAuthorizationUrl: await sealer.seal(authorizationUrl, placeOf(owner, 'authorization_url')),
        handleHash: null,
        sealedAnswer: null,
        answerExpiresAt: null,
        createdAt: clock.now(),
      };
      await database.write(async (transaction) => {
        await transaction.insert(PendingAuthorizationRow, row);
        await letGoOfOldest(transaction, facts.subjectId);
      });
    },

    findByState: (stateHash) => reader.findOneBy(PendingAuthorizationRow, { stateHash }),
    findByHandle: (handleHash) => reader.findOneBy(PendingAuthorizationRow, { handleHash }),
    findByLink: (linkHash) => reader.findOneBy(PendingAuthorizationRow, { linkHash }),

    async openProof(attempt) {
      const { sealedCodeVerifier, sealedNonce } = attempt;
      return {
        codeVerifier: await sealer.open(sealedCodeVerifier, placeOf(attempt, 'code_verifier')),
        nonce: sealedNonce === null ? null : await sealer.open(sealedNonce, placeOf(attempt, 'nonce')),
      };
    },

    openAuthorizationUrl: (attempt) =>
      sealer.open(attempt.sealedAuthorizationUrl, placeOf(attempt, 'authorization_url')),

    openAnswer: async (attempt) =>
      attempt.sealedAnswer === null
        ? null
        : openParkedAnswer(attempt.sealedAnswer, (sealed, field) => sealer.open(sealed, placeOf(attempt, field))),

    async park(attempt, { answer, handleHash, until }) {
      const sealedAnswer = await sealParkedAnswer(answer, (secret, field) =>
        sealer.seal(secret, placeOf(attempt, field)),
      );
      const changes = { sealedAnswer, handleHash, answerExpiresAt: until };
      const isFirst = await database.write(async (transaction) => {
        const free = { id: attempt.id, handleHash: IsNull() };
        return (await transaction.update(PendingAuthorizationRow, free, changes)).affected === 1;
      });
      return isFirst || reader.existsBy(PendingAuthorizationRow, { id: attempt.id, handleHash });
    },

    async spendLink({ id, linkHash }) {
      if (linkHash === null) return false;
      const { affected } = await database.write((transaction) =>
        transaction.update(PendingAuthorizationRow, { id, linkHash }, { linkHash: null }),
      );
      return affected === 1;
    },

    async take(transaction, { id }) {
      const { affected } = await transaction.delete(PendingAuthorizationRow, { id });
      return affected === 1;
    },

    async remove({ id }) {
      await database.write((transaction) => transaction.delete(PendingAuthorizationRow, { id }));
    },

    async purge() {
      const isOver = LessThanOrEqual(clock.now());
      return database.write(async (transaction) => {
        const expired = await transaction.delete(PendingAuthorizationRow, { expiresAt: isOver });
        const unfetched = await transaction.delete(PendingAuthorizationRow, { answerExpiresAt: isOver });
        return (expired.affected ?? 0) + (unfetched.affected ?? 0);
      });
    },
  };
}

async function letGoOfOldest(transaction: Transaction, subjectId: string): Promise<void> {
  const beyond = await transaction.find(PendingAuthorizationRow, {
    select: { id: true },
    where: { subjectId },
    order: { createdAt: 'DESC', id: 'DESC' },
    skip: maxAttemptsPerUser,
    take: maxAttemptsPerUser,
  });
  if (beyond.length > 0) await transaction.delete(PendingAuthorizationRow, { id: In(beyond.map(({ id }) => id)) });
}

function placeOf(
  { id, subjectId }: Pick<PendingAuthorization, 'id' | 'subjectId'>,
  field: SealedField<'pending_authorization'>,
): SealPlace {
  return placeIn('pending_authorization', field, { rowId: id, userId: subjectId });
}
