/** The limits of the door, from their settings. Called by readConfig. */
import type { LimitsConfig } from './config.js';
import type { SettingsRead } from './read-settings.js';

/** Null where the text of one is at fault, which is in the list already. */
export function readLimits({ values }: SettingsRead): LimitsConfig | null {
  const {
    LATCHKEY_LIMIT_QUERY_COST: cost,
    LATCHKEY_LIMIT_QUERY_DEPTH: depth,
    LATCHKEY_LIMIT_QUERY_ALIASES: aliases,
    LATCHKEY_LIMIT_REQUEST_SECONDS: requestSeconds,
    LATCHKEY_LIMIT_PROXY_FIRST_BYTE_SECONDS: firstByteSeconds,
    LATCHKEY_LIMIT_PROXY_IDLE_SECONDS: idleSeconds,
    LATCHKEY_LIMIT_USER_REQUESTS: userRequestsPerMinute,
    LATCHKEY_LIMIT_USER_CONCURRENCY: userConcurrency,
    LATCHKEY_LIMIT_ADDRESS_REQUESTS: addressRequestsPerMinute,
    LATCHKEY_LIMIT_ADDRESS_FAILURES: addressFailuresPerMinute,
    LATCHKEY_LIMIT_CONNECTIONS: connections,
    LATCHKEY_LIMIT_STREAMS: streams,
    LATCHKEY_LIMIT_USER_STREAMS: userStreams,
  } = values;
  if (cost === undefined || depth === undefined || aliases === undefined) return null;
  if (requestSeconds === undefined || connections === undefined) return null;
  if (firstByteSeconds === undefined || idleSeconds === undefined) return null;
  if (userRequestsPerMinute === undefined || userConcurrency === undefined) return null;
  if (addressRequestsPerMinute === undefined || addressFailuresPerMinute === undefined) return null;
  if (streams === undefined || userStreams === undefined) return null;
  return {
    query: { cost, depth, aliases },
    requestMs: requestSeconds * 1000,
    proxy: { firstByteMs: firstByteSeconds * 1000, idleMs: idleSeconds * 1000 },
    userRequestsPerMinute,
    userConcurrency,
    addressRequestsPerMinute,
    addressFailuresPerMinute,
    connections,
    streams,
    userStreams,
  };
}
