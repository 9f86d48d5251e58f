/** Given by an admin who acts for a user, with every mutation. */
import { Field, ID, InputType } from 'type-graphql';

@InputType('OnBehalfOfInput', {
  description: 'Given by an admin to act for a user. Both are kept in the audit, which the user can read.',
})
export class OnBehalfOfInput {
  @Field(() => ID, { description: "The user: the JWT's user id, 1 to 255 characters." })
  userId!: string;

  @Field(() => String, { description: 'Why, for the user to read: 1 to 256 characters.' })
  reason!: string;
}
