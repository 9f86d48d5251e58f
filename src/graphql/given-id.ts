/** Looks at an id that a caller sends before anything is asked or written with it. Called by the resolvers. Ours are 40
 *  characters long; what cannot be one is answered as one that does not exist. */
import { fail } from '../errors.js';

const maxIdLength = 64;

export function isPossibleId(id: string): boolean {
  return id.length <= maxIdLength;
}

/** Throws ACCOUNT_NOT_FOUND. */
export function givenAccountId(id: string): string {
  return isPossibleId(id) ? id : fail('ACCOUNT_NOT_FOUND');
}

/** The same for one that may be left out. */
export function optionalAccountId(id: string | null | undefined): string | null {
  return id === undefined || id === null ? null : givenAccountId(id);
}

/** Throws UNKNOWN_PROVIDER. */
export function givenProviderId(id: string): string {
  return isPossibleId(id) ? id : fail('UNKNOWN_PROVIDER');
}
