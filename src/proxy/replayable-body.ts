/** A body that a caller sends, for one request or for two. It flows on as it comes; what is small is kept meanwhile, so that
 *  it can be sent again. Called by exchange.ts, once a call.
 *  Must never: keep more than the limit, nor wait for a body of unknown length to end. */
import type { Readable } from 'node:stream';

export interface ReplayableBody {
  /** For an attempt: the first one passes on what comes, a later one gets what was kept. */
  next(): AsyncIterable<Uint8Array> | Uint8Array | null;
  /** Of a body that flows, where it is known. */
  readonly bytes: number | null;
  /** Whether all of it is here to be sent again. Reads the rest of one that says that it is small. */
  canRepeat(): Promise<boolean>;
}

/** The longest body that is kept. */
const MAX_KEPT_BYTES = 64 * 1024;

/** For what is here whole, or for nothing. */
export function bodyOfBytes(bytes: Uint8Array | null): ReplayableBody {
  return { next: () => bytes, bytes: bytes?.byteLength ?? null, canRepeat: async () => true };
}

export function bodyOfStream(source: Readable, bytes: number | null): ReplayableBody {
  // An attempt that ends early must not end the caller's connection, on which the answer goes out.
  const pieces: AsyncIterator<Uint8Array> = source.iterator({ destroyOnReturn: false });
  let kept: Uint8Array[] | null = bytes === null || bytes <= MAX_KEPT_BYTES ? [] : null;
  let keptBytes = 0;
  let isWhole = false;
  let isBegun = false;

  return {
    bytes,
    next() {
      if (isBegun && isWhole && kept !== null) return Buffer.concat(kept);
      isBegun = true;
      return flow();
    },
    async canRepeat() {
      if (bytes !== null && kept !== null) await takeRest();
      return isWhole && kept !== null;
    },
  };

  async function takeRest(): Promise<void> {
    while (!isWhole) await take();
  }

  async function* flow(): AsyncGenerator<Uint8Array, void> {
    for (let piece = await take(); piece !== null; piece = await take()) yield piece;
  }

  async function take(): Promise<Uint8Array | null> {
    const { done, value } = await pieces.next();
    if (done === true) {
      isWhole = true;
      return null;
    }
    keptBytes += value.byteLength;
    if (keptBytes > MAX_KEPT_BYTES) kept = null;
    kept?.push(value);
    return value;
  }
}
