/** What a verified JWT's claims say about its user. Called by authenticate.ts after the signature has been checked. */
import type { JWTPayload } from 'jose';
import type { AdminLimits, CallersConfig } from '../config/config.js';
import { fail } from '../errors.js';
import type { Caller, Grant } from './caller.js';
import { isUserId, userIdRule } from './user-id.js';

/** Throws UNAUTHENTICATED where the user id is missing or cannot be one (see isUserId). */
export function readClaims(claims: JWTPayload, config: CallersConfig): Caller {
  const expiresAt = Math.min((claims.exp ?? 0) * 1000, Number.MAX_SAFE_INTEGER);
  const grants = readGrants(claims, config);
  const role = grants.length > 0 ? 'admin' : 'user';
  return Object.freeze({ id: readUserId(claims, config), role, grants, expiresAt });
}

function readUserId(claims: JWTPayload, { userIdClaim }: CallersConfig): string {
  const userId = claimAt(claims, userIdClaim);
  // A number is refused too: 1 and "1" would be one person here and perhaps two at the issuer (RFC 7519 §4.1.2).
  if (!isUserId(userId)) {
    fail('UNAUTHENTICATED', { why: `The JWT names no user: its claim "${userIdClaim}" is not ${userIdRule}.` });
  }
  return userId;
}

/** What the roles give their admin. A value of the claim counts only as a whole: "not admin" is not the role "admin". */
function readGrants(claims: JWTPayload, { rolesClaim, adminRoles }: CallersConfig): readonly Grant[] {
  const found = claimAt(claims, rolesClaim);
  const values: readonly unknown[] = Array.isArray(found) ? found : [found];
  return values.flatMap((value) => {
    const limits = typeof value === 'string' && Object.hasOwn(adminRoles, value) ? adminRoles[value] : undefined;
    return limits ? [toGrant(limits)] : [];
  });
}

function toGrant({ providers, users, readOnly }: AdminLimits): Grant {
  return { actions: null, providers: providers && new Set(providers), userPrefixes: users, isReadOnly: readOnly };
}

/** The claim of that very name, since names may hold dots (https://app.example/roles); else a path with dots. */
function claimAt(claims: JWTPayload, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  return name
    .split('.')
    .reduce<unknown>(
      (value, step) => (isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined),
      claims,
    );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
