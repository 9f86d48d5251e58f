/** Makes the ids of rows: a UUIDv7 behind a prefix that says of what, as text. Called by whoever creates a row.
 *  Ids grow with time (RFC 9562 §5.7), so that new rows go to the end of an index; they are no secrets. */
import { v7 } from 'uuid';
import type { Clock } from '../clock.js';

/** acc: connected account. prf: profile. evt: audit event. aut: completed authorization. att: attempt to connect.
 *  rfr: one try of a refresh. rfe: a refresh in an account's history. ace: an event of an account. inc: an incident of a
 *  provider. stk: a service token. den: a denial. */
export type IdPrefix = 'acc' | 'prf' | 'evt' | 'aut' | 'att' | 'rfr' | 'rfe' | 'ace' | 'inc' | 'stk' | 'den';

export function newId(prefix: IdPrefix, clock: Clock): string {
  return `${prefix}_${v7({ msecs: clock.now() })}`;
}

/** The bare UUID by which an account's job is known: Agenda's table takes no prefix. */
export function newJobId(clock: Clock): string {
  return v7({ msecs: clock.now() });
}
