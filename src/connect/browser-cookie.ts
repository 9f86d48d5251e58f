/** The cookie by which a browser proves that it started an attempt. One an attempt, so that two tabs do not undo each
 *  other. Called by start, which has it set, and by finish-in-browser, which looks for it. */
import { Secret } from '../secret.js';

/** What the browser sent: names and values of its cookies. */
export type Cookies = Readonly<Record<string, string | undefined>>;

/** `__Host-` makes browsers refuse it from a sibling domain or over http; on plain http they would refuse it altogether. */
export function browserCookieName(publicUrl: string, stateHash: string): string {
  return `${publicUrl.startsWith('https:') ? '__Host-' : ''}latchkey_${stateHash.slice(0, nameLength)}`;
}

/** Whether this browser is the one that the attempt was started in. An attempt without a browser has none. */
export function isStartingBrowser(
  attempt: { readonly stateHash: string; readonly browserHash: string | null },
  { publicUrl, cookies }: { publicUrl: string; cookies: Cookies },
): boolean {
  const value = cookies[browserCookieName(publicUrl, attempt.stateHash)];
  if (value === undefined || attempt.browserHash === null) return false;
  return Secret.of(Secret.of(value).digest()).equals(Secret.of(attempt.browserHash));
}

/** Enough of the digest that no two open attempts of one browser share a name. */
const nameLength = 16;
