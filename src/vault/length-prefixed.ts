/** Writes texts as bytes from which they can be read back in one way only. Called by keyring and seal.
 *  Must never: let two different lists give the same bytes, or two different texts become one in UTF-8. */

/** Each text as its length in bytes (32 bits, big endian) and its UTF-8: ["ab", "c"] and ["a", "bc"] differ. */
export function encodeLengthPrefixed(texts: readonly string[]): Uint8Array {
  return Buffer.concat(
    texts.flatMap((text) => {
      const bytes = encodeUtf8(text);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );
}

/** Throws a TypeError for a text that UTF-8 cannot carry (half of a surrogate pair): it would come back as another. */
export function encodeUtf8(text: string): Uint8Array {
  if (/\p{Surrogate}/u.test(text))
    throw new TypeError('The text holds half of a surrogate pair, which UTF-8 cannot carry.');
  return Buffer.from(text, 'utf8');
}
