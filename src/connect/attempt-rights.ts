/** Who may finish an attempt. Pure: called by complete. The answer to everybody else is the one for a state that was never
 *  issued, so that nobody learns of another's attempt, and nothing of it is consumed. */
import { reaches, type Actor } from '../callers/actor.js';

/** An attempt begun by one and finished by another connects nothing: its subject finishes it, or the admin who began it. */
export function mayFinish(actor: Actor, attempt: Attempt): boolean {
  const isOnesOwn = actor.actorId === attempt.actorId || actor.actorId === attempt.subjectId;
  return actor.subjectId === attempt.subjectId && isOnesOwn && reaches(actor, attempt.providerId);
}

interface Attempt {
  readonly subjectId: string;
  readonly actorId: string;
  readonly providerId: string;
}
