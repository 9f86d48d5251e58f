/** A value that will not print: a token, code, verifier, key or client secret on its way through the code.
 *  Everything that turns a value into text (template, JSON, inspect, concatenation) sees `[sealed]`. Only the rooms
 *  named in test/rules may call expose(), at the moment the bytes go out or into the sealer. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { inspect } from 'node:util';

const SEALED = '[sealed]';

export class Secret {
  readonly #value: string;

  private constructor(value: string) {
    this.#value = value;
  }

  static of(value: string): Secret {
    return new Secret(value);
  }

  /** The value itself. Never log it, never put it in an error, never keep it longer than the call that needs it. */
  expose(): string {
    return this.#value;
  }

  /** SHA-256 as base64url: what a row keeps of a single-use random value, so that the row alone cannot be replayed.
   *  Only for values of at least 128 random bits; a guessable value wants a keyed fingerprint instead. */
  digest(): string {
    return createHash('sha256').update(this.#value).digest('base64url');
  }

  /** Compares in constant time. */
  equals(other: Secret): boolean {
    return timingSafeEqual(digestBytes(this.#value), digestBytes(other.#value));
  }

  toString(): string {
    return SEALED;
  }

  toJSON(): string {
    return SEALED;
  }

  [inspect.custom](): string {
    return SEALED;
  }
}

function digestBytes(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}
