/** Takes the value out of what graphql-js says about a variable that it refused. Called by error-answer.ts.
 *  The value may hold an authorization code, and answers end up in the error trackers of apps. */
import { GraphQLError } from 'graphql';

/** The message without the value; as it is when it is not about the value of a variable. */
export function withoutValue(message: string, error: unknown): string {
  const name = /^Variable "\$\w+" got invalid value /.exec(message)?.[0];
  if (name === undefined) return message;
  const reason = reasonIn(error);
  const before = reason === null ? '' : message.slice(0, -`; ${reason}`.length);
  const place = / at "[^"]*"$/.exec(before)?.[0] ?? '';
  return `${name.replace('got invalid value ', 'got an invalid value')}${place}${reason === null ? '.' : `: ${shorten(reason)}`}`;
}

/** graphql-js keeps the reason as an error of its own under the one about the variable. */
function reasonIn(error: unknown): string | null {
  const inner = error instanceof GraphQLError ? error.originalError : null;
  return inner instanceof GraphQLError && error instanceof GraphQLError && error.message.endsWith(`; ${inner.message}`)
    ? inner.message
    : null;
}

/** Some reasons repeat the value once more: 'Int cannot represent non-integer value: "x"', 'Value "x" does not exist'. */
function shorten(reason: string): string {
  return reason
    .replace(/( value): [^]*$/, '$1.')
    .replace(/^Value "[^]*" does not exist in "(\w+)" enum[^]*$/, 'The value is none of the enum "$1".');
}
