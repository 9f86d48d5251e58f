/** A text that a regular expression of a definition fits, for the simple ones that stand in definitions. Called by
 *  dialect-answers.ts and walk.ts. */

/** Null where none was found. */
export function sampleText(pattern: string): string | null {
  const fits = new RegExp(pattern, 'iu');
  const plain = pattern
    .replace(/\\[bB]|[\^$]/g, '')
    .replace(/\(\?:/g, '(')
    .replace(/\\s[+*]?|\.[+*]\??/g, ' ')
    .replace(/\\d[+*]?/g, '1')
    .replace(/\[([^\]\\^])[^\]]*\]/g, '$1')
    .replace(/\\(.)/g, '$1')
    .replace(/.[?*]/g, '')
    .replace(/\+/g, '');
  const candidates = [
    pattern,
    plain,
    withoutChoices(plain),
    ...plain.split('|').map((one) => one.replace(/[()]/g, '')),
  ];
  return candidates.find((one) => fits.test(one)) ?? null;
}

/** A value of which all is as the pattern says; null where none was found. */
export function sampleValue(pattern: string | null): string | null {
  const whole = new RegExp(`^(?:${pattern ?? '.+'})$`, 'u');
  const plain = pattern === null ? null : sampleText(pattern);
  const values = ['rehearsal', ...(plain === null ? [] : [plain]), 'a', 'abc', '1', '12345', 'eu', 'us', 'com'];
  return values.find((value) => whole.test(value)) ?? null;
}

/** The first of each choice in brackets. */
function withoutChoices(pattern: string): string {
  return pattern.replace(/\(([^()|]*)(?:\|[^()]*)?\)/g, '$1');
}
