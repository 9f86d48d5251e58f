/** What is told and kept of accounts, from its settings. Called by readConfig. */
import type { EventsConfig } from './config.js';
import type { SettingsRead } from './read-settings.js';

/** Null where the text of one is at fault, which is in the list already. */
export function readEvents({ values }: SettingsRead): EventsConfig | null {
  const {
    LATCHKEY_REFRESH_HISTORY_DAYS: refreshHistoryDays,
    LATCHKEY_EVENT_DAYS: eventDays,
    LATCHKEY_EXPIRY_NOTICE_DAYS: expiryNoticeDays,
  } = values;
  if (refreshHistoryDays === undefined || eventDays === undefined || expiryNoticeDays === undefined) return null;
  return { refreshHistoryDays, eventDays, expiryNoticeDays };
}
