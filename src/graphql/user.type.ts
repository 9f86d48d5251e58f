/** A user as clients see one. There is no table of users: a user is the id in a verified JWT, or the one an admin names. */
import { Field, ID, ObjectType } from 'type-graphql';
import type { Actor } from '../callers/actor.js';
import { fill } from './fill.js';

@ObjectType('User', { description: 'A user of the app, and what Latchkey keeps for them.' })
export class UserType {
  @Field(() => ID, { description: "The JWT's user id, as the operator configured its claim." })
  id!: string;

  /** Who reads: the fields below act with it, so that what an admin reads is audited. */
  actor!: Actor;
}

export function toUser(actor: Actor): UserType {
  return fill(new UserType(), { id: actor.subjectId, actor });
}
