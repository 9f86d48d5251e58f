/** Who calls, as proved by a verified JWT. Made by authenticate.ts alone. */
import type { Role } from '../config/config.js';

export interface Caller {
  /** 1 to 255 characters, from the configured claim. */
  readonly userId: string;
  /** Always holds `user`. */
  readonly roles: ReadonlySet<Role>;
  /** End of the JWT, epoch milliseconds: a long answer (a subscription) ends with it. */
  readonly expiresAt: number;
}
