/** The issuer's published keys, fetched when needed and kept. Used by verification-keys.ts.
 *  A key that is not known yet leads to one fetch, for all who wait, and then to none for a while: whoever invents key
 *  names cannot make Latchkey ask the issuer each time. Keys outlive an issuer that is away, but not for long: a key that
 *  was withdrawn must stop working. */
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import type { Clock } from '../clock.js';
import { fail } from '../errors.js';
import type { Logger } from '../observe/logger.js';

/** After this the keys are fetched again before they are used. */
const freshMs = 10 * 60_000;
/** As long they are used while the issuer is away. */
const usableMs = 60 * 60_000;
/** Between two fetches, whether they succeeded or not. */
const cooldownMs = 30_000;
/** The same while there is no key to go by. */
const cooldownWithoutKeysMs = 2_000;

export interface PublishedKeysParts {
  /** Throws whatever went wrong; the fault is worded here. */
  readonly fetchKeySet: () => Promise<JSONWebKeySet>;
  readonly clock: Clock;
  readonly log: Logger;
}

interface KeySet {
  readonly find: JWTVerifyGetKey;
  readonly fetchedAt: number;
}

/** The key that fits a JWT's header. Throws an error of jose where the issuer publishes none, INTERNAL where its keys
 *  cannot be fetched: then nobody knows whether one would fit. */
export function createPublishedKeys({ fetchKeySet, clock, log }: PublishedKeysParts): JWTVerifyGetKey {
  let kept: KeySet | null = null;
  let fetching: Promise<void> | null = null;
  let lastTry = { at: -Infinity, error: null as unknown };

  return async (header, token) => {
    if (!kept || age(kept) >= freshMs) await fetchUnlessJustTried();
    try {
      return await usableKeys().find(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await fetchUnlessJustTried();
      if (lastTry.error !== null) return failUnfetched();
      return usableKeys().find(header, token);
    }
  };

  function age(set: KeySet): number {
    return clock.monotonic() - set.fetchedAt;
  }

  function usableKeys(): KeySet {
    return kept && age(kept) < usableMs ? kept : failUnfetched();
  }

  function failUnfetched(): never {
    const why = 'The keys that prove who you are cannot be fetched from the service that signed you in.';
    return fail('INTERNAL', { why }, { detail: "the issuer's keys cannot be fetched", cause: lastTry.error });
  }

  /** Everybody who comes while a fetch is under way waits for that one. */
  async function fetchUnlessJustTried(): Promise<void> {
    if (!fetching) {
      const cooldown = kept && age(kept) < usableMs ? cooldownMs : cooldownWithoutKeysMs;
      if (clock.monotonic() - lastTry.at < cooldown) return;
      fetching = fetchKeys().finally(() => {
        fetching = null;
      });
    }
    await fetching;
  }

  async function fetchKeys(): Promise<void> {
    try {
      const find = createLocalJWKSet(await fetchKeySet());
      kept = { find, fetchedAt: clock.monotonic() };
      lastTry = { at: clock.monotonic(), error: null };
    } catch (error) {
      lastTry = { at: clock.monotonic(), error };
      log.warn({ event: 'callers.keys_not_fetched', err: error });
    }
  }
}
