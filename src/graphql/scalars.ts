/** The scalars of the schema. Called by the types that use them.
 *  URL is our own because a parser's spelling is not the caller's: redirect URIs are compared byte for byte. */
import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';

const maxUrlLength = 4096;

/** Epoch milliseconds inside, RFC 3339 outside. */
export const DateTimeScalar = new GraphQLScalarType<number, string>({
  name: 'DateTime',
  description: 'An instant in UTC to the millisecond, as RFC 3339 writes it: 2026-11-24T21:40:00.000Z.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
  serialize: (value) => new Date(Number(value)).toISOString(),
  parseValue: parseDateTime,
  parseLiteral: (node) => parseDateTime(node.kind === Kind.STRING ? node.value : null),
});

const rfc3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

function parseDateTime(value: unknown): number {
  const at = typeof value === 'string' && rfc3339.test(value) ? Date.parse(value) : NaN;
  if (!Number.isNaN(at)) return at;
  throw new GraphQLError('DateTime must be an instant as RFC 3339 writes it, such as 2026-11-24T21:40:00Z.');
}

export const JsonScalar = new GraphQLScalarType({
  name: 'JSON',
  description: 'Any JSON value (RFC 8259).',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc8259',
});

export const UrlScalar = new GraphQLScalarType<string, string>({
  name: 'URL',
  description:
    'An absolute URL (WHATWG URL), kept byte for byte as it was given; at most 4096 characters. Anything else as input is refused.',
  specifiedByURL: 'https://url.spec.whatwg.org/',
  serialize: String,
  parseValue: parseUrl,
  parseLiteral: (node) => parseUrl(node.kind === Kind.STRING ? node.value : null),
});

function parseUrl(value: unknown): string {
  if (typeof value === 'string' && value.length <= maxUrlLength && URL.canParse(value)) return value;
  throw new GraphQLError(
    `URL must be an absolute URL of at most ${maxUrlLength} characters, such as https://app.example/done.`,
  );
}
