/** Says in our own words why a JWT is refused: the class of the fault, never a part of the token. Called by
 *  authenticate.ts with what jose threw. */
import { errors } from 'jose';
import { fail, Fault } from '../errors.js';

/** Throws UNAUTHENTICATED for what is wrong with the token, INTERNAL for what is not the caller's fault. */
export function refuseJwt(error: unknown): never {
  if (error instanceof Fault) throw error;
  if (!(error instanceof errors.JOSEError)) {
    fail('INTERNAL', {}, { detail: 'a JWT could not be checked', cause: error });
  }
  fail('UNAUTHENTICATED', { why: explain(error) }, { detail: error.code });
}

function explain(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'The JWT has expired.';
  if (error instanceof errors.JWTClaimValidationFailed) return explainClaim(error);
  if (error instanceof errors.JOSEAlgNotAllowed) return 'The JWT is signed with an algorithm that is not allowed here.';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'The signature of the JWT is not valid.';
  if (error instanceof errors.JWKSNoMatchingKey)
    return 'The JWT is signed with a key that its issuer does not publish.';
  if (error instanceof errors.JWKSMultipleMatchingKeys) return 'The JWT does not say which key signed it (kid).';
  return 'The bearer token is not a JWT.';
}

function explainClaim({ claim, reason }: errors.JWTClaimValidationFailed): string {
  if (claim === 'exp' && reason === 'missing') return 'The JWT has no end (exp).';
  if (claim === 'nbf' && reason === 'check_failed') return 'The JWT is not valid yet.';
  if (claim === 'iss') return 'The JWT comes from another issuer.';
  if (claim === 'aud') return 'The JWT was issued for another audience.';
  return 'The bearer token is not a JWT that follows RFC 7519.';
}
