/** What is told and kept of accounts, from its settings. Called by readConfig. */
import type { EventsConfig, Mode } from './config.js';
import type { ConfigFault } from './fault.js';
import type { SettingsRead } from './read-settings.js';
import { readWebhook } from './read-webhook.js';

/** Null where the text of one is at fault, which is in the list then. */
export function readEvents(read: SettingsRead, mode: Mode, faults: ConfigFault[]): EventsConfig | null {
  const webhook = readWebhook(read, mode, faults);
  const {
    LATCHKEY_REFRESH_HISTORY_DAYS: refreshHistoryDays,
    LATCHKEY_EVENT_DAYS: eventDays,
    LATCHKEY_EXPIRY_NOTICE_DAYS: expiryNoticeDays,
  } = read.values;
  if (refreshHistoryDays === undefined || eventDays === undefined || expiryNoticeDays === undefined) return null;
  return { refreshHistoryDays, eventDays, expiryNoticeDays, webhook };
}
