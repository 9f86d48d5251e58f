/** What went wrong on the wire, in a word that may stand in a log: a code or an error's name, never a text that could hold
 *  part of a request. Called wherever a failure becomes an OutboundError. */
export function describeFailure(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : null;
  return code ?? (error instanceof Error ? error.name : 'failed');
}
