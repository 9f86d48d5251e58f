/** Who may send how much: users by their id once a JWT has proved it, all others by their address. Called by route-table.ts
 *  and graphql-mount.ts before anything else is done for a request. In this process alone: docs/decisions/0014-the-door.md.
 *  Must never: let a caller whose JWT is valid wait for what others do from the same address. An app's server speaks for
 *  many users from one. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../callers/caller.js';
import type { Clock } from '../clock.js';
import type { LimitsConfig } from '../config/config.js';
import { Fault, fail } from '../errors.js';
import { addressKey } from './address-key.js';
import { createConcurrency } from './concurrency.js';
import { createRateLimit } from './rate-limit.js';
import type { RateLimit } from './rate-limit.js';

export interface Admission {
  /** Lets in what nobody's JWT stands for. Throws TOO_MANY_REQUESTS. */
  admitAddress(request: FastifyRequest): void;
  /** Lets a caller in, and holds a place until the answer is out. What `authenticate` throws is counted and thrown on; past
   *  the limit it is TOO_MANY_REQUESTS instead. */
  admitCaller(request: FastifyRequest, reply: FastifyReply, authenticate: () => Promise<Caller>): Promise<Caller>;
}

export interface AdmissionParts {
  readonly limits: LimitsConfig;
  readonly clock: Clock;
}

export function createAdmission({ limits, clock }: AdmissionParts): Admission {
  const users = createRateLimit({ perMinute: limits.userRequestsPerMinute, clock });
  const addresses = createRateLimit({ perMinute: limits.addressRequestsPerMinute, clock });
  const failures = createRateLimit({ perMinute: limits.addressFailuresPerMinute, clock });
  const places = createConcurrency(limits.userConcurrency);

  return {
    admitAddress: ({ ip }) => takeOrFail(addresses, addressKey(ip)),
    async admitCaller({ ip }, reply, authenticate) {
      const caller = await authenticate().catch((error: unknown) => {
        if (isRefusedJwt(error)) takeOrFail(failures, addressKey(ip));
        throw error;
      });
      takeOrFail(users, caller.id);
      const leave = places.enter(caller.id);
      if (!leave) fail('TOO_MANY_REQUESTS', { retryAfterSeconds: 1 });
      reply.raw.once('close', leave);
      return caller;
    },
  };
}

function takeOrFail(limit: RateLimit, key: string): void {
  const retryAfterSeconds = limit.take(key);
  if (retryAfterSeconds !== null) fail('TOO_MANY_REQUESTS', { retryAfterSeconds });
}

function isRefusedJwt(error: unknown): boolean {
  return error instanceof Fault && error.code === 'UNAUTHENTICATED';
}
