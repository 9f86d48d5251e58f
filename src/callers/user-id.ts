/** What can name a user. Called for the JWT's claim and for the user that an admin acts for.
 *  Must never: let through a text that a database would store as another one. Half a surrogate pair becomes U+FFFD in
 *  SQLite, so that two users would be one; PostgreSQL takes no NUL. */

const maxUserIdLength = 255;

/** In words, for the sentence of a refusal. */
export const userIdRule = `a text of 1 to ${maxUserIdLength} characters without control characters`;

export function isUserId(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.trim() !== '' &&
    value.length <= maxUserIdLength &&
    !/[\p{Cc}\p{Surrogate}]/u.test(value)
  );
}
