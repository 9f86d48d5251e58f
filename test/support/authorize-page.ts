/** The authorization page of a test's provider, where the person has already agreed: a browser that opens it comes back
 *  at once with a code, as the provider documents it. */
import { createHash, randomBytes } from 'node:crypto';
import type { RawAnswer } from './hostile-server.js';
import type { SeenRequest } from './request-tap.js';

/** What was agreed to, and what the exchange has to prove. */
export interface Consent<Person> {
  readonly person: Person;
  readonly scope: string;
  readonly redirectUri: string;
  readonly codeChallenge: string | null;
  readonly at: number;
}

export interface AuthorizePage<Person> {
  /** The provider's handler of the page. */
  answer(request: SeenRequest): RawAnswer;
  /** Opens the page in a browser in which `person` is signed in; gives where it was sent back to. */
  approve(authorizationUrl: string, person: Person | 'refuses'): Promise<string>;
  /** The consent behind a code, once; null for a code that was never given out or was used before. */
  take(code: string | null): Consent<Person> | null;
}

export function createAuthorizePage<Person>({ now }: { now: () => number }): AuthorizePage<Person> {
  const codes = new Map<string, Consent<Person>>();
  let signedIn: Person | 'refuses' = 'refuses';
  return {
    answer: (request) => {
      const asked = new URL(request.url, 'http://provider.example').searchParams;
      const back = new URL(asked.get('redirect_uri') ?? '');
      back.searchParams.set('state', asked.get('state') ?? '');
      if (signedIn === 'refuses') {
        back.searchParams.set('error', 'access_denied');
        back.searchParams.set('error_description', 'planted: the person said no');
      } else {
        const code = randomBytes(16).toString('hex');
        const [scope, redirectUri] = [asked.get('scope') ?? '', asked.get('redirect_uri') ?? ''];
        codes.set(code, {
          person: signedIn,
          scope,
          redirectUri,
          codeChallenge: asked.get('code_challenge'),
          at: now(),
        });
        back.searchParams.set('code', code);
      }
      return { status: 302, headers: { location: back.href } };
    },
    async approve(authorizationUrl, person) {
      signedIn = person;
      const answer = await fetch(authorizationUrl, { redirect: 'manual' });
      return answer.headers.get('location') ?? '';
    },
    take: (code) => {
      const consent = codes.get(code ?? '') ?? null;
      codes.delete(code ?? '');
      return consent;
    },
  };
}

/** RFC 7636 §4.6. */
export function provesChallenge({ codeChallenge }: Consent<unknown>, verifier: string | null): boolean {
  if (codeChallenge === null) return verifier === null;
  return (
    createHash('sha256')
      .update(verifier ?? '')
      .digest('base64url') === codeChallenge
  );
}
