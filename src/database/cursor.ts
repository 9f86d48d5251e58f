/** Cursors of pages: base64url of [sort value, id]. Called by the stores that page.
 *  A cursor is the client's to send back and nobody's to trust: whatever does not decode to exactly what was encoded is
 *  BAD_USER_INPUT. It names a place in an order and grants nothing; every query still asks for the user's own rows. */
import { fail } from '../errors.js';

/** The sort value and the id of the row that the page comes after. */
export type CursorPlace = readonly [sortValue: number, id: string];

export function encodeCursor(place: CursorPlace): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/** Throws BAD_USER_INPUT naming `field` for anything that encodeCursor did not write. */
export function decodeCursor(text: string, field: string): CursorPlace {
  const place = readPlace(text);
  if (place && encodeCursor(place) === text) return place;
  return fail('BAD_USER_INPUT', {
    field,
    why: `The value of "${field}" is not a cursor from here. Send a cursor from an earlier page, or leave it out.`,
  });
}

/** As newId makes them, with room; above all no character that a database refuses in a text. */
const idShape = /^[\w-]{1,64}$/;

function readPlace(text: string): CursorPlace | null {
  try {
    const read: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (!Array.isArray(read) || read.length !== 2) return null;
    const [sortValue, id]: unknown[] = read;
    return Number.isSafeInteger(sortValue) && typeof id === 'string' && idShape.test(id)
      ? [sortValue as number, id]
      : null;
  } catch {
    return null; // not JSON: the caller answers
  }
}
