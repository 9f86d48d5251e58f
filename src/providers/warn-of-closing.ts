/** Says in the log, at start, which providers' endpoints are about to be switched off. Called by app.ts. */
import type { Clock } from '../clock.js';
import type { Logger } from '../observe/logger.js';
import type { Catalogue } from './provider.js';

export function warnOfClosing({ catalogue, clock, log }: { catalogue: Catalogue; clock: Clock; log: Logger }): void {
  for (const { id, closing } of catalogue.list()) {
    if (closing === null) continue;
    const closesAt = Date.parse(`${closing.on}T00:00:00Z`);
    const days = Math.ceil((closesAt - clock.now()) / (24 * 60 * 60 * 1000));
    const facts = { provider: id, closesOn: closing.on, daysLeft: days, instead: closing.instead };
    log.warn({ event: days > 0 ? 'provider.closes_soon' : 'provider.closed', ...facts });
  }
}
