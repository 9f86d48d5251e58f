/** Which of GraphQL's two media types a client takes (GraphQL over HTTP §6.1). Called by answer-plugin.ts.
 *  Old clients speak application/json, where a status says nothing about the GraphQL answer; with
 *  application/graphql-response+json the status counts. */

export type AnswerMediaType = 'application/json' | 'application/graphql-response+json';

interface Range {
  readonly type: string;
  readonly quality: number;
  readonly order: number;
}

/** Null when the client takes neither. An absent header takes all (RFC 9110 §12.5.1). */
export function chooseMediaType(accept: string | undefined): AnswerMediaType | null {
  const ranges = readRanges(accept ?? '*/*');
  const json = match(ranges, 'application/json');
  const answer = match(ranges, 'application/graphql-response+json');
  if (json.quality === 0 && answer.quality === 0) return null;
  return isBetter(answer, json) ? 'application/graphql-response+json' : 'application/json';
}

function readRanges(accept: string): Range[] {
  return accept.split(',').map((text, order) => {
    const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
    const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    return { type, quality: quality === undefined ? 1 : Number(quality) || 0, order };
  });
}

/** The most specific range that covers the type says how much it is wanted. */
function match(
  ranges: readonly Range[],
  type: AnswerMediaType,
): { quality: number; specificity: number; order: number } {
  for (const [index, pattern] of [type, 'application/*', '*/*'].entries()) {
    const found = ranges.find((range) => range.type === pattern);
    if (found) return { quality: found.quality, specificity: 2 - index, order: found.order };
  }
  return { quality: 0, specificity: 0, order: 0 };
}

function isBetter(one: ReturnType<typeof match>, other: ReturnType<typeof match>): boolean {
  if (one.quality !== other.quality) return one.quality > other.quality;
  if (one.specificity !== other.specificity) return one.specificity > other.specificity;
  return one.order < other.order;
}
