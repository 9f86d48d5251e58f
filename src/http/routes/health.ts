/** Whether the process lives (/healthz) and whether it should get requests (/readyz), for supervisors and load balancers.
 *  Neither tells more than the names of the parts that are not well. */
import type { Route } from '../route.js';

/** By the name of a part: answers whether it works now. */
export type ReadinessChecks = Readonly<Record<string, () => Promise<boolean> | boolean>>;

export interface HealthParts {
  readonly checks: ReadinessChecks;
  readonly isDraining: () => boolean;
}

export function healthRoutes({ checks, isDraining }: HealthParts): Route[] {
  return [
    {
      method: 'GET',
      path: '/healthz',
      who: 'anyone',
      bodyLimitBytes: 0,
      isUnlimited: true,
      handle: async () => ({ status: 'alive' }),
    },
    {
      method: 'GET',
      path: '/readyz',
      who: 'anyone',
      bodyLimitBytes: 0,
      isUnlimited: true,
      async handle(_request, reply) {
        if (isDraining()) return reply.code(503).send({ status: 'draining' });
        const failing = await failingParts(checks);
        if (failing.length > 0) return reply.code(503).send({ status: 'not ready', failing });
        return { status: 'ready' };
      },
    },
  ];
}

async function failingParts(checks: ReadinessChecks): Promise<string[]> {
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => ({ name, isWell: await isWell(check) })),
  );
  return results.filter((result) => !result.isWell).map((result) => result.name);
}

async function isWell(check: ReadinessChecks[string]): Promise<boolean> {
  try {
    return await check();
  } catch {
    return false;
  }
}
