/** How long the audit is kept and where its checkpoints go, from its settings. Called by readConfig. */
import type { AuditConfig, Mode } from './config.js';
import type { ConfigFault } from './fault.js';
import { isLoopbackHost } from './loopback.js';
import type { SettingsRead } from './read-settings.js';

/** Null where the text of one is at fault, which is in the list then. */
export function readAudit({ values }: SettingsRead, mode: Mode, faults: ConfigFault[]): AuditConfig | null {
  const {
    LATCHKEY_AUDIT_RETENTION_DAYS: retentionDays,
    LATCHKEY_AUDIT_CHECKPOINT_MINUTES: checkpointMinutes,
    LATCHKEY_AUDIT_CHECKPOINT_URL: url,
  } = values;
  if (retentionDays === undefined || checkpointMinutes === undefined) return null;
  if (url === undefined) return { retentionDays, checkpointMinutes, checkpointAddress: null };
  const network = isLoopbackHost(new URL(url).hostname) ? 'loopback' : 'public';
  if (network === 'loopback' && mode === 'production') {
    const fault = 'is this machine itself, where a checkpoint is no safer than the database';
    faults.push({ path: 'LATCHKEY_AUDIT_CHECKPOINT_URL', fault, mend: 'Give an https URL at a public address.' });
  }
  return { retentionDays, checkpointMinutes, checkpointAddress: { url, network } };
}
