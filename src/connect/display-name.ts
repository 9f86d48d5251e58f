/** A name that a provider gave, as it is kept and shown beside an account. Pure; called by identify.
 *  People choose these names themselves, also to deceive: nothing that a terminal obeys or that turns the line around. */

/** UTF-16 code units. */
const maxLength = 255;

/** Null where nothing is left that a person can see. */
export function toDisplayName(text: string | null): string | null {
  if (text === null) return null;
  const line = text.replace(/\s+/gu, ' ').replace(unseen, '').trim();
  const name = line.slice(0, maxLength).replace(halfCharacter, '').trimEnd();
  return /[^\p{C}\p{Z}]/u.test(name) ? name : null;
}

/** Controls, halves of characters, and Unicode's marks, embeddings and isolates of direction (UAX #9 §2). */
const unseen = /[\p{Cc}\p{Surrogate}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** What a cut through a pair leaves. */
const halfCharacter = /[\ud800-\udbff]$/;
