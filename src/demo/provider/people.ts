/** The people who have an account at the demo provider. Their passwords are no secrets: the sign-in page shows them.
 *  Called by the demo provider, its pages, and the development start, which writes them to dev.json. */

export interface Person {
  /** The OpenID subject, and the last part of the avatar's address. */
  readonly id: string;
  readonly login: string;
  readonly password: string;
  readonly name: string;
  readonly givenName: string;
  readonly familyName: string;
  readonly email: string;
  readonly about: string;
  /** Two hues, in degrees, of the person's avatar. */
  readonly hues: readonly [number, number];
}

export const people: readonly Person[] = [
  {
    id: 'ada-lovelace',
    login: 'ada',
    password: 'engine-1843',
    name: 'Ada Lovelace',
    givenName: 'Ada',
    familyName: 'Lovelace',
    email: 'ada@demo.example',
    about: 'Wrote the first program',
    hues: [262, 322],
  },
  {
    id: 'grace-hopper',
    login: 'grace',
    password: 'cobol-1959',
    name: 'Grace Hopper',
    givenName: 'Grace',
    familyName: 'Hopper',
    email: 'grace@demo.example',
    about: 'Wrote the first compiler',
    hues: [172, 214],
  },
];

export function findPerson(id: string | undefined): Person | null {
  return people.find((person) => person.id === id) ?? null;
}

/** Null for an unknown login and for a wrong password alike. */
export function signIn({ login, password }: { login: string; password: string }): Person | null {
  const name = login.trim().toLowerCase();
  return people.find((person) => [person.login, person.email].includes(name) && person.password === password) ?? null;
}

/** The claims that OpenID Connect Core §5.1 names. Which of them are released is the grant's business. */
export function claimsOf(person: Person, issuer: string): { sub: string; [claim: string]: string | boolean } {
  return {
    sub: person.id,
    name: person.name,
    given_name: person.givenName,
    family_name: person.familyName,
    picture: `${issuer}/avatars/${person.id}`,
    email: person.email,
    email_verified: true,
  };
}
