/** Who stands where in the bench: each person has a user id of the app, an account at the provider and an access token.
 *  Named by the upstream, the seeding and the load, so that all three speak of the same people. */

export const providerId = 'bench';

export interface Person {
  readonly userId: string;
  /** Who they are at the provider (`sub`). */
  readonly externalId: string;
  readonly accessToken: string;
}

export function personOf(number: number): Person {
  return {
    userId: `user-${number}`,
    externalId: `person-${number}`,
    // As long as the opaque tokens of providers are.
    accessToken: `bench-access-token-of-person-number-${String(number).padStart(12, '0')}`,
  };
}

/** The query that each request of the load asks. */
export const meQuery = `query Me { me(provider: "${providerId}") { externalId name email avatarUrl account { id status } } }`;
